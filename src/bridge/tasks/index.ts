export { TaskBook, type ITaskBookOptions } from './book';
