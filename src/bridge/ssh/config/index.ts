export { parseJump, routeTo, settingsOf } from './route';
export type { AlgorithmKind, IAsked, ISshSettings } from './settings';
export { type ISshSurroundings, ownSurroundings } from './surroundings';
