export * from './connections';
export * from './durations';
export * from './errors';
export * from './groups';
export * from './legible';
export * from './places';
export * from './quantities';
export * from './states';
export * from './summary';
export * from './tables';
export * from './waysHome';
export * from './why';

/** Name under which all texts are translated. */
export const DOMAIN = 'jupyterlab_pilothouse';
