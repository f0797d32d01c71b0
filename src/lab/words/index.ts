export * from './errors';
export * from './groups';
export * from './places';
export * from './quantities';
export * from './states';
export * from './summary';

/** Name under which all texts are translated. */
export const DOMAIN = 'jupyterlab_pilothouse';
