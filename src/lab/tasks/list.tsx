import type { Task } from '../../protocol';
import * as React from 'react';
import type { ITaskQuery } from '../tokens';
import { SmallButton, TroubleNote, isAtEnd, useSurroundings } from '../views';
import { count } from '../words';
import { TaskRow } from './row';
import { useTaskList } from './useTaskList';

/** The tasks of a group or pilot. `order`: newest first, or as a terminal has them, newest last. */
export function TaskRows(props: {
  query: ITaskQuery;
  label: string;
  order: 'newest-first' | 'newest-last';
  id?: string;
}): React.JSX.Element {
  const { trans, model } = useSurroundings();
  const list = useTaskList(props.query);
  const root = React.useRef<HTMLDivElement>(null);
  const atEnd = React.useRef(true);
  const shown = list?.tasks;
  React.useLayoutEffect(() => {
    // As in a terminal, the newest stays in sight unless the person has scrolled up.
    if (root.current && props.order === 'newest-last' && atEnd.current) {
      root.current.scrollTop = root.current.scrollHeight;
    }
  }, [shown, props.order]);
  if (typeof list?.total !== 'number') {
    return (
      <div id={props.id} className="jp-Pilothouse-quiet">
        {list?.trouble ? <TroubleNote trouble={list.trouble} /> : trans.__('Loading…')}
      </div>
    );
  }
  const hidden = list.total - list.tasks.length;
  const tasks = props.order === 'newest-first' ? list.tasks : [...list.tasks].reverse();
  const more = hidden > 0 && (
    <SmallButton kind="link" disabled={list.loading} onClick={() => void list.more()}>
      {trans.__('Show more (%1 are not shown)', count(hidden))}
    </SmallButton>
  );
  return (
    <div
      ref={root}
      id={props.id}
      className={`jp-Pilothouse-tasks jp-mod-${props.order}`}
      onScroll={event => {
        atEnd.current = isAtEnd(event.currentTarget);
      }}
    >
      {list.trouble && <TroubleNote trouble={list.trouble} />}
      {props.order === 'newest-last' && more}
      <ul className="jp-Pilothouse-rows" aria-label={props.label}>
        {tasks.map((task, index) => (
          <TaskRow
            key={keyOf(task)}
            task={task}
            number={props.order === 'newest-first' ? (list.total ?? 0) - index : hidden + index + 1}
            nowMs={model.nowMs()}
          />
        ))}
      </ul>
      {tasks.length === 0 && (
        <div className="jp-Pilothouse-quiet">
          {props.query.states ? trans.__('Nothing has begun yet.') : trans.__('No tasks are kept.')}
        </div>
      )}
      {props.order === 'newest-first' && more}
    </div>
  );
}

function keyOf(task: Task): string {
  return `${task.run} ${task.task}`;
}
