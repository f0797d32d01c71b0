import * as React from 'react';
import type { ITaskList, ITaskQuery } from '../tokens';
import { useSurroundings } from '../views';

/**
 * A list of tasks that lives as long as the component that shows it; null before its first page.
 * `query.states`, where it is given, must be the same array each time.
 */
export function useTaskList(query: ITaskQuery): ITaskList | null {
  const { model } = useSurroundings();
  const [shown, show] = React.useReducer(
    (before: IShown, list: ITaskList): IShown => ({ list, version: before.version + 1 }),
    { list: null, version: 0 }
  );
  const { group, pilot, states } = query;
  React.useEffect(() => {
    const list = model.tasksOf({ group, pilot, states });
    list.changed.connect(show);
    return () => {
      list.changed.disconnect(show);
      list.dispose();
    };
  }, [model, group, pilot, states]);
  return shown.list;
}

interface IShown {
  readonly list: ITaskList | null;
  /** Another each time that the list, which is the same, has changed. */
  readonly version: number;
}
