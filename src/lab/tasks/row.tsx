import type { Task } from '../../protocol';
import * as React from 'react';
import { Disclosure, useSurroundings } from '../views';
import { errorLine, moment, taskState, took } from '../words';

/** One call of an app: state, where, waited, ran; opens to error and print. */
export function TaskRow(props: {
  task: Task;
  number: number;
  nowMs: number;
  open?: boolean;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { task, nowMs } = props;
  const [toggled, setToggled] = React.useState<boolean | null>(null);
  const id = React.useId();
  const open = toggled ?? props.open ?? false;
  return (
    <li className={`jp-Pilothouse-task jp-mod-${task.state}`}>
      <Disclosure
        open={open}
        controls={id}
        onToggle={() => setToggled(!open)}
        title={trans.__('Called at %1', moment(task.submittedAtMs))}
      >
        <span className="jp-Pilothouse-taskNumber">{trans.__('call %1', props.number)}</span>
        <StateMark state={task.state} />
        <span className="jp-Pilothouse-taskState">{taskState(trans, task)}</span>
        <span className="jp-Pilothouse-where">{whereOf(task)}</span>
        <span className="jp-Pilothouse-right">{timesOf(trans, task, nowMs)}</span>
      </Disclosure>
      {task.error && !open && (
        <div className="jp-Pilothouse-taskError" title={task.error.message}>
          {errorLine(task.error)}
        </div>
      )}
      {open && <TaskDetails id={id} task={task} />}
      {!open && task.printed && <pre className="jp-Pilothouse-printed">{task.printed}</pre>}
    </li>
  );
}

function TaskDetails(props: { id: string; task: Task }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { task } = props;
  const facts: [string, string | null][] = [
    [trans.__('Parsl’s id'), String(task.task)],
    [trans.__('tries'), String(task.tries)],
    [trans.__('pilot'), task.pilot],
    [trans.__('host'), task.host],
    [trans.__('worker'), task.worker === null ? null : String(task.worker)],
    [
      trans.__('inputs from'),
      task.dependsOn.length > 0 ? task.dependsOn.map(input => `#${input}`).join(', ') : null
    ],
    [trans.__('failed input'), task.failedInput === null ? null : `#${task.failedInput}`],
    [trans.__('called'), moment(task.submittedAtMs)],
    [trans.__('began'), task.startedAtMs === null ? null : moment(task.startedAtMs)],
    [trans.__('ended'), task.endedAtMs === null ? null : moment(task.endedAtMs)]
  ];
  return (
    <div id={props.id} className="jp-Pilothouse-details">
      <dl>
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <React.Fragment key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </React.Fragment>
            )
        )}
      </dl>
      {task.error && (
        <pre className="jp-Pilothouse-traceback" tabIndex={0} aria-label={trans.__('Traceback')}>
          {task.error.traceback ?? `${task.error.type}: ${task.error.message}`}
        </pre>
      )}
      {task.printed && (
        <pre className="jp-Pilothouse-printed" tabIndex={0} aria-label={trans.__('Printed')}>
          {task.printed}
        </pre>
      )}
    </div>
  );
}

const MARKS = { waiting: '◌', running: '●', done: '✓', failed: '✕' } as const;

/** A state's sign; its word always stands beside it. */
export function StateMark(props: { state: keyof typeof MARKS }): React.JSX.Element {
  return (
    <span className={`jp-Pilothouse-mark jp-mod-${props.state}`} aria-hidden="true">
      {MARKS[props.state]}
    </span>
  );
}

function whereOf(task: Task): string {
  return [task.site, task.host].filter(Boolean).join(' · ');
}

function timesOf(
  trans: ReturnType<typeof useSurroundings>['trans'],
  task: Task,
  nowMs: number
): string {
  if (task.startedAtMs !== null) {
    return took(trans, (task.endedAtMs ?? nowMs) - task.startedAtMs);
  }
  return task.state === 'waiting' ? took(trans, nowMs - task.submittedAtMs) : '';
}
