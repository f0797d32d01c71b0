export { useAction } from './action';
export { Announcer } from './announcer';
export { Disclosure, SmallButton } from './button';
export { LiveWidget, Surrounded, useSurroundings } from './live';
export type { ISurroundings } from './live';
export { Rows } from './rows';
export { isAtEnd } from './scroll';
export { TroubleNote } from './trouble';
export { LastWords } from './words';
