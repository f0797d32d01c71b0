import type { IWhySentence } from '.';

/** What pilots themselves tell, whatever their scheduler. Codes begin with `pilot.` */
export const PILOT_WHYS: Readonly<Record<string, IWhySentence>> = {};
