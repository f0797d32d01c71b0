export { Preview } from './preview';
export type { IPreviewProps } from './preview';
export { saveFile } from './save';
