/** A profile as it is written: plain JSON, what has a default may be left out. */
export type Written = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields of its own. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path such as `pilot.cores`; undefined where nothing is written. */
export function at(written: Written, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), written);
}

/** A value as a person reads it; empty where it is none that can be read in a line. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** The text at a path; empty where there is none. */
export const textAt = (written: Written, path: string): string => textOf(at(written, path));

/** The lines at a path that hold anything. */
export const linesAt = (written: Written, path: string): string[] =>
  textAt(written, path)
    .split('\n')
    .filter(line => line.trim() !== '');

/** The number at a path; null where there is none. */
export function numberAt(written: Written, path: string): number | null {
  const value = at(written, path);
  return typeof value === 'number' ? value : null;
}

/** The same with another value at a path; undefined takes it away, and what is empty by that. */
export function withAt(written: Written, path: string, value: unknown): Written {
  const [key, ...rest] = path.split('.');
  let next = value;
  if (rest.length > 0) {
    const inner = written[key];
    const changed = withAt(isRecord(inner) ? inner : {}, rest.join('.'), value);
    next = value === undefined && Object.keys(changed).length === 0 ? undefined : changed;
  }
  if (next === undefined) {
    return Object.fromEntries(Object.entries(written).filter(([name]) => name !== key));
  }
  return { ...written, [key]: next };
}

/** Whether a problem at `inner` belongs to the field at `field`: it is there, or within. */
export function isWithin(inner: string, field: string): boolean {
  return inner === field || inner.startsWith(`${field}.`);
}

/** A path in the contract's form from zod's. */
export function pathOf(keys: readonly PropertyKey[]): string {
  return keys.map(String).join('.');
}
