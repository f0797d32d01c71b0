/** Escape sequences of terminals (ECMA-48, 5.4 and 5.6): CSI, OSC and others up to their end, then single ones. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]/g;
/** All other control characters but newline and tab, and marks that turn the direction of text. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A machine's own text as a person may be shown it: no control characters, at most so long. */
export function shown(text: string, mostChars: number): string {
  return text
    .slice(0, mostChars * 4)
    .replace(ESCAPES, '')
    .replace(/\r\n?/g, '\n')
    .replace(CONTROLS, '')
    .slice(0, mostChars);
}
