import { NEVER, REMOVE, WAIT, edit, why, type IExplained } from '../sentence';

/**
 * Slurm names the limits of associations (a user's account) and of QOS by a
 * grammar: whose limit, of what, counted how. Their sentences follow from it
 * (Slurm manual, "Job Reason Codes" and "Resource Limits";
 * slurm/src/common/job_state_reason.c, 22.05 to 26.05).
 */

/** Whose limit, as it begins the reason's name. */
const SCOPES = {
  Assoc: { whose: 'your account', field: 'scheduler.account' },
  QOS: { whose: 'the QOS', field: 'scheduler.qos' }
} as const;
type Scope = keyof typeof SCOPES;

/** What is counted: its name, `many` or `much` of it, the profile's field, and all spellings in names. */
interface IResource {
  readonly name: string;
  readonly quantity: 'many' | 'much';
  /** After `as many`, `too much`, `more`; the name if not said. */
  readonly noun?: string;
  readonly field: string | null;
  readonly spelt: readonly string[];
}
const FURTHER = 'scheduler.further';
const RESOURCES: readonly IResource[] = [
  { name: 'cores', quantity: 'many', field: 'pilot.cores', spelt: ['Cpu', 'CPU'] },
  { name: 'memory', quantity: 'much', field: 'pilot.memoryMiB', spelt: ['Mem', 'Memory'] },
  { name: 'GPUs', quantity: 'many', field: 'pilot.gpus', spelt: ['GRES'] },
  { name: 'nodes', quantity: 'many', field: null, spelt: ['Node'] },
  { name: 'licences', quantity: 'many', field: FURTHER, spelt: ['License'] },
  { name: 'burst buffer', quantity: 'much', field: FURTHER, spelt: ['BB'] },
  { name: 'billing units', quantity: 'many', field: null, spelt: ['Billing'] },
  { name: 'energy', quantity: 'much', field: null, spelt: ['Energy'] },
  {
    name: 'a resource',
    quantity: 'much',
    noun: 'of a resource of this site',
    field: null,
    spelt: ['Unknown']
  }
];

type Form = (resource: IResource, whose: string, scopeField: string) => IExplained;

const edits = (...fields: readonly (string | null)[]): IExplained['actions'] =>
  [...new Set(fields)].filter(field => field !== null).map(edit);

const as = ({ quantity, noun, name }: IResource): string => `as ${quantity} ${noun ?? name}`;
const too = ({ quantity, noun, name }: IResource): string => `too ${quantity} ${noun ?? name}`;
const more = ({ noun, name }: IResource): string => `more ${noun ?? name}`;

/** All of a group together hold as much as they may: it goes on when one of them ends. */
const held: Form = (resource, whose, scopeField) => ({
  title: `limit of ${resource.name} reached`,
  says: `All that runs under ${whose} together has ${as(resource)} as the site allows.`,
  helps: 'It starts by itself when some of those jobs end.',
  actions: [WAIT, ...edits(scopeField)]
});

/** A budget over time is used up. */
const spent: Form = ({ name }, whose, scopeField) => ({
  title: `budget of ${name} used up`,
  says: `The time on ${name} that ${whose} may use is used up, by past, running and planned jobs.`,
  helps:
    'It waits until the site gives more or forgets past use, which can take weeks. Ask whoever manages the account, or use another.',
  actions: [...edits(scopeField), REMOVE]
});

const CLAIMED = 'It starts by itself as they go on; a shorter walltime can make it start sooner.';

/** What running jobs may still use until their time limits counts. */
const promised: Form = ({ name }, whose, scopeField) => ({
  title: `running jobs have claimed all ${name}`,
  says: `Jobs that run under ${whose} have, until their walltimes end, claimed all the time on ${name} that the site allows.`,
  helps: CLAIMED,
  actions: [WAIT, ...edits('pilot.walltime', scopeField)]
});

const tooMuch =
  (per: string): Form =>
  (resource, whose, scopeField) => ({
    title: `asks for ${too(resource)}`,
    says: `One pilot asks for ${more(resource)} than ${whose} allows ${per}.`,
    helps: `${NEVER} Ask for less in the profile, or use another ${
      scopeField === 'scheduler.qos' ? 'QOS' : 'account'
    }.`,
    actions: [...edits(resource.field, scopeField), REMOVE]
  });

const tooMuchTime: Form = ({ name, field }, whose, scopeField) => ({
  title: `asks for too much time on ${name}`,
  says: `What one pilot asks for of ${name}, times its walltime, is more than ${whose} allows a job.`,
  helps: `${NEVER} Give pilots a shorter walltime, or make them smaller.`,
  actions: [...edits('pilot.walltime', field, scopeField), REMOVE]
});

const tooLittle: Form = (resource, whose, scopeField) => ({
  title: `needs to ask for ${more(resource)}`,
  says: `${upper(whose)} is for jobs that ask for ${more(resource)} than one pilot does.`,
  helps: `${NEVER} Make pilots larger, or use another QOS.`,
  actions: [...edits(resource.field, scopeField), REMOVE]
});

const ownShare =
  (who: string): Form =>
  (resource, whose, scopeField) => ({
    title: `limit of ${resource.name} reached`,
    says: `${upper(who)} already has ${as(resource)} as ${whose} allows.`,
    helps: 'It starts by itself when one of those jobs ends.',
    actions: [WAIT, ...edits(scopeField)]
  });

const ownPromise =
  (who: string): Form =>
  ({ name }, whose, scopeField) => ({
    title: `running jobs have claimed all ${name}`,
    says: `${upper(who)} has, until the walltimes of those jobs end, claimed all the time on ${name} that ${whose} allows.`,
    helps: CLAIMED,
    actions: [WAIT, ...edits('pilot.walltime', scopeField)]
  });

const upper = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Names with `*` for a resource's spelling; `(Limit)` may follow or not, as it does from version to version. */
const FORMS: readonly (readonly [name: string, scopes: readonly Scope[], form: Form])[] = [
  ['Grp*', ['Assoc', 'QOS'], held],
  ['Grp*Minutes', ['Assoc', 'QOS'], spent],
  ['Grp*RunMinutes', ['Assoc', 'QOS'], promised],
  ['Max*PerJob', ['Assoc', 'QOS'], tooMuch('a job')],
  ['Max*PerNode', ['Assoc', 'QOS'], tooMuch('on one node')],
  ['Max*MinutesPerJob', ['Assoc', 'QOS'], tooMuchTime],
  ['Max*PerUser', ['QOS'], ownShare('what you run')],
  ['Min*', ['QOS'], tooLittle]
];

/** Of a QOS, too, but Slurm leaves that out of their names. */
const NAMELESS: readonly (readonly [name: string, form: Form])[] = [
  ['Max*PerAccount', ownShare('what runs under your account')],
  ['Max*RunMinsPerAccount', ownPromise('what runs under your account')],
  ['Max*RunMinsPerUser', ownPromise('what you run')]
];

function* all(): Generator<[string, IExplained]> {
  for (const resource of RESOURCES) {
    for (const spelt of resource.spelt) {
      for (const [name, scopes, form] of FORMS) {
        for (const scope of scopes) {
          const { whose, field } = SCOPES[scope];
          const reason = scope + name.replace('*', spelt);
          const explained = form(resource, whose, field);
          yield [reason, explained];
          yield [`${reason}Limit`, explained];
          if (name === 'Min*') {
            yield [`${reason}NotSatisfied`, explained];
          }
        }
      }
      for (const [name, form] of NAMELESS) {
        const { whose, field } = SCOPES.QOS;
        yield [name.replace('*', spelt), form(resource, whose, field)];
      }
    }
  }
}

const account = edit('scheduler.account');
const qos = edit('scheduler.qos');
const walltime = edit('pilot.walltime');
const fewer = edit('scaling.max');

const asManyRun = (who: string, ...actions: IExplained['actions']): IExplained =>
  why(
    'limit of jobs reached',
    `${who} as many jobs as may run at once.`,
    'It starts by itself when one of them ends.',
    WAIT,
    ...actions
  );
const asManyQueued = (who: string, ...actions: IExplained['actions']): IExplained =>
  why(
    'limit of queued jobs reached',
    `${who} as many jobs as may be queued and running together.`,
    'More are taken when some of them end; a smaller greatest number of pilots avoids it.',
    WAIT,
    ...actions
  );
const tooLong = (whose: string, ...actions: IExplained['actions']): IExplained =>
  why(
    'walltime over the limit',
    `A pilot’s walltime is longer than ${whose} allows.`,
    `${NEVER} Give pilots a shorter walltime.`,
    walltime,
    ...actions,
    REMOVE
  );
const wallSpent = (whose: string, ...actions: IExplained['actions']): IExplained =>
  why(
    'walltime budget used up',
    `What ${whose} may use of walltime is used up or claimed.`,
    `It starts when the site gives more or forgets past use; a shorter walltime may fit now.`,
    walltime,
    ...actions,
    WAIT
  );

/** Limits of numbers of jobs and of walltime, which have no resource in their names. */
const COUNTS: Readonly<Record<string, IExplained>> = {
  AssocGrpJobsLimit: asManyRun('Your account runs', account),
  AssocGrpSubmitJobsLimit: asManyQueued('Your account has', fewer, account),
  AssocGrpWallLimit: wallSpent('your account', account),
  AssocMaxJobsLimit: asManyRun('You run', account),
  AssocMaxSubmitJobLimit: asManyQueued('You have', fewer, account),
  AssocMaxWallDurationPerJobLimit: tooLong('your account', account),
  QOSGrpJobsLimit: asManyRun('Everyone under the QOS runs', qos),
  QOSGrpSubmitJobsLimit: asManyQueued('Everyone under the QOS has', fewer, qos),
  QOSGrpWallLimit: wallSpent('the QOS', qos),
  QOSMaxJobsPerUserLimit: asManyRun('You run', qos),
  QOSMaxSubmitJobPerUserLimit: asManyQueued('You have', fewer, qos),
  QOSMaxWallDurationPerJobLimit: tooLong('the QOS', qos),
  MaxJobsPerAccount: asManyRun('Your account runs', qos),
  MaxSubmitJobsPerAccount: asManyQueued('Your account has', fewer, qos)
};

/** Limits of associations and QOS, by Slurm's name of the reason. */
export const SLURM_LIMITS: Readonly<Record<string, IExplained>> = {
  ...Object.fromEntries(all()),
  ...COUNTS
};
