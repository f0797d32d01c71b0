/*
 * Names that may be anybody's. What a machine elsewhere calls a file may hold what cannot be seen,
 * breaks a line or turns its direction. JupyterLab writes names everywhere (lists, tabs, tooltips,
 * dialogs, the window's title): so the paths of the drive have such characters spelled out, and the
 * machine is asked for what is meant.
 */

/**
 * Control characters, and what is invisible, breaks a line or changes its direction: by it a name
 * can look like another. Joiners are left, since scripts and emoji need them.
 */
const MISLEADING =
  // eslint-disable-next-line no-control-regex -- They are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
/** What begins a character that is spelled out. */
const OPENS = '⟨';
const SPELLED = /⟨U\+([0-9A-F]{4})⟩/g;

const spelled = (character: string): string =>
  `${OPENS}U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

const isMisleading = (character: string): boolean => character.search(MISLEADING) === 0;

/** The character that a code stands for; null: a code that is never spelled out. */
function characterOf(code: string): string | null {
  const character = String.fromCharCode(parseInt(code, 16));
  return character === OPENS || isMisleading(character) ? character : null;
}

/** A name, or a path, in which everything can be seen. No two become one. */
export function legible(name: string): string {
  return name
    .replace(SPELLED, (whole, code: string) =>
      // It is called so: this is no character spelled out.
      characterOf(code) === null ? whole : spelled(OPENS) + whole.slice(OPENS.length)
    )
    .replace(MISLEADING, spelled);
}

/** The name that is meant by a legible one. */
export function meant(shown: string): string {
  return shown.replace(SPELLED, (whole, code: string) => characterOf(code) ?? whole);
}
