import * as React from 'react';
import type { ITaskList, ITaskQuery } from '../tokens';
import { useSurroundings } from '../views';

/** A list of tasks that lives as long as the component that shows it; null before its first draw. */
export function useTaskList(query: ITaskQuery): ITaskList | null {
  const { model } = useSurroundings();
  const [list, setList] = React.useState<ITaskList | null>(null);
  const [, redraw] = React.useReducer((n: number) => n + 1, 0);
  const { group, pilot } = query;
  React.useEffect(() => {
    const made = model.tasksOf({ group, pilot });
    made.changed.connect(redraw);
    setList(made);
    return () => {
      made.changed.disconnect(redraw);
      made.dispose();
    };
  }, [model, group, pilot]);
  return list;
}
