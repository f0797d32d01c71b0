/** What a person wrote for a walltime, understood; or why it cannot be. */
export type Walltime =
  | { readonly seconds: number }
  /** A sentence for a person. */
  | { readonly problem: string };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Slurm's forms (sbatch(1), `--time`), and what each of their numbers counts. */
const FORMS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^(\d+)$/, [MINUTE]],
  [/^(\d+):(\d+)$/, [MINUTE, 1]],
  [/^(\d+):(\d+):(\d+)$/, [HOUR, MINUTE, 1]],
  [/^(\d+)-(\d+)$/, [DAY, HOUR]],
  [/^(\d+)-(\d+):(\d+)$/, [DAY, HOUR, MINUTE]],
  [/^(\d+)-(\d+):(\d+):(\d+)$/, [DAY, HOUR, MINUTE, 1]]
];

const SHORTEST_SECONDS = 60;
const LONGEST_SECONDS = 366 * DAY;

/** Reads a walltime in any form that Slurm takes: `60` is sixty minutes, `4:00` four. */
export function parseWalltime(text: string): Walltime {
  const trimmed = text.trim();
  if (/^(unlimited|infinite|-1|0)$/i.test(trimmed)) {
    return { problem: 'Every pilot has a longest life, so that none is forgotten: give one.' };
  }
  for (const [form, units] of FORMS) {
    const found = form.exec(trimmed);
    if (found !== null) {
      const seconds = units.reduce((sum, unit, at) => sum + Number(found[at + 1]) * unit, 0);
      if (seconds < SHORTEST_SECONDS) {
        return { problem: 'A pilot needs at least one minute.' };
      }
      return seconds > LONGEST_SECONDS ? { problem: 'That is more than a year.' } : { seconds };
    }
  }
  return {
    problem:
      'Write it as Slurm does: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes or days-hours:minutes:seconds, as in 2-15:59:00.'
  };
}

/** The one form in which walltimes are written to schedulers: `days-hours:minutes:seconds`. */
export function writeWalltime(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const clock = `${two((seconds % DAY) / HOUR)}:${two((seconds % HOUR) / MINUTE)}:${two(seconds % MINUTE)}`;
  return seconds >= DAY ? `${Math.floor(seconds / DAY)}-${clock}` : clock;
}
