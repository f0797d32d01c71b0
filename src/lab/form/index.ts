export { ProfileDocument, ProfileForm } from './document';
export { readImport } from './start';
export type { Start } from './start';
