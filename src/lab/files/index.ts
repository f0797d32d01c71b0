export { HostFiles } from './browser';
export { followSettings } from './settings';
export { isLarge, wantsDownload } from './large';
