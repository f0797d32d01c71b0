export * from './fit';
export type * from './tokens';
export { createRuntimes } from './runtimes';
