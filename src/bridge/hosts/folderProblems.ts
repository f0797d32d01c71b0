/** What hinders a folder from being Pilothouse's own, and what to do, on any submit host. */
export const ownedByOther = (uid: number | string): string =>
  `the folder is there and belongs to user id ${uid}: name another`;

/** @param mode octal */
export const openToOthers = (mode: string): string =>
  `the folder has files in it, and others can enter it (mode ${mode}): name a folder for Pilothouse alone, or close this one by chmod 700`;

/** Mode bits by which others than the owner may write. */
export const WRITTEN_BY_OTHERS = 0o022;

/** Whether a file is the user's own; an administrator may use what is anybody's. */
export const isOwnFile = (uid: number, user: number): boolean => uid === user || user === 0;
