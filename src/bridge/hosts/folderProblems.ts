/** What hinders a folder from being Pilothouse's own, and what to do, on any submit host. */
export const ownedByOther = (uid: number | string): string =>
  `the folder is there and belongs to user id ${uid}: name another`;

/** @param mode octal */
export const openToOthers = (mode: string): string =>
  `the folder has files in it, and others can enter it (mode ${mode}): name a folder for Pilothouse alone, or close this one by chmod 700`;

/** @param above the folder that anybody may write to */
export const swappedByOthers = (above: string): string =>
  `anybody may write to ${above}, in which the folder lies, and put another in its place: name one elsewhere, or have that closed by chmod o-w or made sticky by chmod +t`;

/** @param uid whose the link is */
export const linkOfOther = (uid: number | string): string =>
  `a link is there that belongs to user id ${uid}: name another folder`;

/** Mode bits by which others than the owner may write. */
export const WRITTEN_BY_OTHERS = 0o022;

/** Whether a file is the user's own; an administrator may use what is anybody's. */
export const isOwnFile = (uid: number, user: number): boolean => uid === user || user === 0;
