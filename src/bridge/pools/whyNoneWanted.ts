import type { IPoolEntry } from './model';

/** Why tasks wait although nothing is wrong with the pool: nobody wants pilots. Else null. */
export function whyNoneWanted(pool: IPoolEntry): string | null {
  const waits = [...pool.executors.values()].filter(({ unfinished }) => unfinished > 0);
  if (waits.some(({ sentToRest }) => sentToRest)) {
    return 'The pool was taken down while tasks waited. The next task, or a number of pilots, brings pilots back.';
  }
  if (waits.length === 0 || pool.wanted.count > 0) {
    return null;
  }
  return pool.typed === null
    ? 'Tasks wait, and their notebook asks for no pilot (blocks=0). Ask for some there, or type a number here.'
    : 'Tasks wait, and the number of pilots that was typed is 0. Type another, or clear it.';
}
