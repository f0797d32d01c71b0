export { TestClock } from './clock';
export { failing, TestDoor } from './door';
export * from './entities';
export { settle } from './settle';
export { Stage } from './stage';
