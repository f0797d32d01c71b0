export { Answers } from './answers';
export type { Checked, IAnswer } from './answers';
export { Draft } from './draft';
export type { IOrigin } from './draft';
export { Link } from './link';
export type { IPointed } from './link';
export { allProblems, errorsOf, problemsAt } from './problems';
