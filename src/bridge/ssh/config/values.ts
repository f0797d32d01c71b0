/** Effective values of ssh_config(5): names in lower case, a value for each line that has one. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

/** What `ssh -G` prints (ssh(1)): a name and its value on each line. */
export function parseEffective(text: string): ConfigValues {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space > 0) {
      const name = line.slice(0, space).toLowerCase();
      values.set(name, [...(values.get(name) ?? []), line.slice(space + 1)]);
    }
  }
  return values;
}
