import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Result } from '../../protocol';
import type { IPilotLog } from '../tokens';
import { useSurroundings } from '../views';
import { bytes, count } from '../words';

export type PilotFiles = Result<'pilots.files'>;

/** What tells a pilot's files apart. */
export const keyOf = ({ file, worker }: IPilotLog): string =>
  worker === null ? file : `${file} ${worker}`;

/** The files that there are, with their size; the one that is shown, also where it is not there yet. */
export function LogChoice(props: {
  current: IPilotLog;
  files: PilotFiles | null;
  onLog: (log: IPilotLog) => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { current } = props;
  const files = props.files?.files ?? [];
  const key = keyOf(current);
  return (
    <HTMLSelect
      aria-label={trans.__('Which log')}
      value={key}
      onChange={event => {
        const chosen = files.find(file => keyOf(file) === event.target.value);
        if (chosen !== undefined) {
          props.onLog({ file: chosen.file, worker: chosen.worker });
        }
      }}
    >
      {files.map(file => (
        <option key={keyOf(file)} value={keyOf(file)} title={file.path}>
          {trans.__('%1 (%2)', nameOf(trans, file), bytes(trans, file.size))}
        </option>
      ))}
      {!files.some(file => keyOf(file) === key) && (
        <option value={key}>{nameOf(trans, current)}</option>
      )}
    </HTMLSelect>
  );
}

/** What a pilot's files are called. */
function nameOf(trans: TranslationBundle, { file, worker }: IPilotLog): string {
  switch (file) {
    case 'output':
      return trans.__('output of the pilot');
    case 'error':
      return trans.__('errors of the job');
    case 'script':
      return trans.__('script');
    case 'submit':
      return trans.__('job description');
    case 'events':
      return trans.__('scheduler’s events');
    case 'pool':
      return trans.__('worker pool');
    case 'worker':
      return trans.__('worker %1, what its tasks printed', count(worker ?? 0));
  }
}
