export { PilothouseDrive } from './drive';
export type { IListed } from './drive';
export { failureOf, FileFailure } from './failure';
export { DRIVE, folderOf, localOf, nameOf, spotOf } from './paths';
export type { Patience } from './patience';
export { OPENED_BYTES } from './reader';
