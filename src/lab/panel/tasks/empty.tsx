import * as React from 'react';
import { EXAMPLE } from '../../example';
import { CommandIDs } from '../../tokens';
import { SmallButton, useSurroundings } from '../../views';

/** Before the first task: how one is made. */
export function NoTasks(props: { hasNotebook: boolean }): React.JSX.Element {
  const { trans, commands } = useSurroundings();
  return (
    <div className="jp-Pilothouse-empty">
      <p>{trans.__('No tasks yet. In a notebook:')}</p>
      <pre className="jp-Pilothouse-code" tabIndex={0} aria-label={trans.__('Example')}>
        {EXAMPLE}
      </pre>
      <SmallButton
        disabled={!props.hasNotebook}
        title={props.hasNotebook ? undefined : trans.__('Open a notebook first')}
        onClick={() => void commands.execute(CommandIDs.insertExample)}
      >
        {trans.__('Insert into notebook')}
      </SmallButton>
    </div>
  );
}
