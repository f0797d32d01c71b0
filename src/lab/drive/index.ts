export { PilothouseDrive } from './drive';
export type { IListed } from './drive';
export { failureOf, FileFailure } from './failure';
export { DRIVE, folderOf, localOf, nameOf, shownName, spotOf } from './paths';
export { OPENED_BYTES } from './reader';
