export { ChangeSet } from './changes';
export { isUnfinished, PilothouseModel } from './model';
export { Picture } from './picture';
export * from './queries';
