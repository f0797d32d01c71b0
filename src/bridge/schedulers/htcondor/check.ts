import { checkExpression, type FieldProblem, type Profile } from '../../../protocol';
import { QuoteError } from '../quote';
import { readFurther } from './furtherLines';
import { optionsOf } from './options';
import { ownerOf } from './owned';
import { quoteExpression, quoteFile, quoteString, quoteValue } from './quote';
import { reachProblems } from './reach';

const OUR_FILES = ['pilot.json', 'pilot.sh', '_condor_stdout', '_condor_stderr'];

/**
 * What of a profile HTCondor cannot be told, or is told twice, by field. Pure;
 * whether the pool knows what is asked for only the pool can say.
 */
export function checkProfile(profile: Profile): FieldProblem[] {
  const options = optionsOf(profile);
  return [
    ...quotable('scheduler.projectName', options.projectName, quoteString),
    ...quotable('scheduler.containerImage', options.containerImage, quoteValue),
    ...quotable('scheduler.notifyUser', options.notifyUser, quoteValue),
    ...quotable('scheduler.requirements', options.requirements, quoteExpression),
    ...reachProblems(profile),
    ...profile.environment.files.flatMap((file, index) => checkFile(index, file)),
    ...Object.entries(options.attributes).flatMap(([name, value]) => checkAttribute(name, value)),
    ...checkFurther(options.further)
  ];
}

const error = (field: string, message: string): FieldProblem => ({
  field,
  message,
  severity: 'error'
});

function quotable(
  field: string,
  text: string | undefined,
  quote: (text: string) => string
): FieldProblem[] {
  if (text === undefined || text === '') {
    return [];
  }
  try {
    quote(text);
    return [];
  } catch (problem) {
    if (problem instanceof QuoteError) {
      return [error(field, problem.message)];
    }
    throw problem;
  }
}

function checkFile(index: number, file: string): FieldProblem[] {
  const field = `environment.files.${index}`;
  const name = file.slice(file.lastIndexOf('/') + 1);
  return OUR_FILES.includes(name) || /^(agent|runtime)-[0-9a-f]+\./.test(name)
    ? [error(field, `${name} is the name of a file of the pilot itself: give it another.`)]
    : quotable(field, file, quoteFile);
}

function checkAttribute(name: string, value: string): FieldProblem[] {
  const field = `scheduler.attributes.${name}`;
  return [...owned(field, name, value, ''), ...quotable(field, value, quoteExpression)];
}

function checkFurther(text: string): FieldProblem[] {
  const field = 'scheduler.further';
  const { settings, problems } = readFurther(text);
  return [
    ...problems.map(problem => error(field, problem)),
    ...settings.flatMap(({ number, key, value }) => [
      ...owned(field, key, value, `Line ${number}: `),
      ...(/^([-+]|MY\.)/i.test(key) ? attributeLine(field, number, value) : [])
    ])
  ];
}

/** An attribute's value is an expression, unless macros make it one. */
function attributeLine(field: string, number: number, value: string): FieldProblem[] {
  const problem = value.includes('$') ? null : checkExpression(value);
  return problem === null ? [] : [error(field, `Line ${number}: ${problem.message}`)];
}

function owned(field: string, key: string, value: string, where: string): FieldProblem[] {
  const owner = ownerOf(key);
  if (owner === undefined) {
    return [];
  }
  if ('why' in owner) {
    return [error(field, `${where}${key} cannot be set here: ${owner.why}.`)];
  }
  const moved = value.includes('$') ? null : owner.move(value);
  return [
    {
      ...error(field, `${where}${key} has a field of its own.`),
      ...(moved === null ? {} : { moveTo: { field: owner.field, value: moved } })
    }
  ];
}
