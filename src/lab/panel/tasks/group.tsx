import type { TaskGroup } from '../../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { StateMark, TaskRows } from '../../tasks';
import { CommandIDs } from '../../tokens';
import { Disclosure, SmallButton, useSurroundings } from '../../views';
import { cellPrompt, count, errorLine, groupCounts, groupState, moment } from '../../words';

/**
 * A row of the tasks: all calls of one app by one execution of one cell.
 * Drawn again only if the group is another.
 */
export const GroupRow = React.memo(function GroupRow(props: {
  group: TaskGroup;
  showNotebook: boolean;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { group } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  return (
    <li className={`jp-Pilothouse-group jp-mod-${groupState(group)}`}>
      <div className="jp-Pilothouse-groupLine">
        <Disclosure
          open={open}
          controls={id}
          onToggle={() => setOpen(!open)}
          title={trans.__('First called at %1', moment(group.firstAtMs))}
        >
          <span className="jp-Pilothouse-groupName">
            <StateMark state={groupState(group)} />
            <span className="jp-Pilothouse-app">{group.app}</span>
            <span className="jp-Pilothouse-times">×{count(group.total)}</span>
          </span>
          <span className="jp-Pilothouse-where">
            <Parts list={groupCounts(trans, group)} />
            {props.showNotebook && ` · ${notebookOf(trans, group)}`}
          </span>
        </Disclosure>
        <CellLink group={group} />
      </div>
      {group.error && (
        <div className="jp-Pilothouse-taskError" title={group.error.message}>
          {errorLine(group.error)}
        </div>
      )}
      {open && (
        <TaskRows
          id={id}
          query={{ group: group.group }}
          label={trans.__('Tasks of %1', group.app)}
          order="newest-first"
        />
      )}
    </li>
  );
});

/** A list whose lines break between its parts, not inside one. */
function Parts(props: { list: string }): React.JSX.Element {
  return (
    <>
      {props.list.split(' · ').map((part, index) => (
        <React.Fragment key={part}>
          {index > 0 && ' · '}
          <span className="jp-Pilothouse-part">{part}</span>
        </React.Fragment>
      ))}
    </>
  );
}

/** Whose group it is: a notebook, or a process that has none. */
function notebookOf(trans: TranslationBundle, { origin }: TaskGroup): string {
  return origin.notebook?.split('/').pop() ?? trans.__('process %1', origin.pid);
}

function CellLink(props: { group: TaskGroup }): React.JSX.Element | null {
  const { trans, commands } = useSurroundings();
  const { cell, origin } = props.group;
  if (cell === null) {
    return null;
  }
  const place = cellPrompt(cell.executionCount);
  const { cellId } = cell;
  if (cellId === null) {
    return <span className="jp-Pilothouse-cell">{place}</span>;
  }
  return (
    <span className="jp-Pilothouse-cell">
      <SmallButton
        kind="link"
        label={trans.__('Go to %1 of %2', place, origin.notebook ?? notebookOf(trans, props.group))}
        onClick={() =>
          void commands.execute(CommandIDs.goToCell, {
            cellId,
            kernelId: origin.kernelId ?? '',
            notebook: origin.notebook ?? ''
          })
        }
      >
        {place}
      </SmallButton>
    </span>
  );
}
