export { TaskRows } from './list';
export { StateMark } from './row';
