import type { ScriptFile, SubmissionPlan } from '../../protocol';

/** The commands that would be run, as one more file to look at. */
export const COMMANDS = 'commands';

/** All that can be looked at: the files, and last the commands. */
export function filesOf(plan: SubmissionPlan): ScriptFile[] {
  return [
    ...plan.files,
    {
      path: COMMANDS,
      language: 'shell',
      lines: plan.commands.map(text => ({ text, field: null }))
    }
  ];
}

/** The lines, counted from 0, that come from a field or from what it holds. */
export function linesOf(file: ScriptFile, field: string): number[] {
  return file.lines.flatMap((line, number) =>
    line.field !== null && (line.field === field || line.field.startsWith(`${field}.`))
      ? [number]
      : []
  );
}

/** The file in which a field's lines stand: this one if it has any, else the first that has. */
export function fileWith(files: readonly ScriptFile[], current: string, field: string): string {
  const here = files.find(({ path }) => path === current);
  if (here !== undefined && linesOf(here, field).length > 0) {
    return current;
  }
  return files.find(file => linesOf(file, field).length > 0)?.path ?? current;
}
