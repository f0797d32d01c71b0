/** A name for a new profile that no place has yet: `ospool`, then `ospool-2`. */
export function freeName(wished: string, taken: ReadonlySet<string>): string {
  const base =
    wished
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|-+$/g, '')
      .slice(0, 56) || 'place';
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) {
      return name;
    }
  }
}
