import type { IGroupFilter } from '../../model';
import { HTMLSelect, InputGroup } from '@jupyterlab/ui-components';
import * as React from 'react';
import { useSurroundings } from '../../views';

/** What a person chose to see; whose notebook that is, is found when it is drawn. */
export interface IFilterChoice {
  readonly scope: 'notebook' | 'all';
  readonly state: IGroupFilter['state'];
  readonly text: string;
}

export const ALL_TASKS: IFilterChoice = { scope: 'all', state: null, text: '' };

const STATES = ['waiting', 'running', 'done', 'failed', 'retried'] as const;

export function Filters(props: {
  choice: IFilterChoice;
  hasNotebook: boolean;
  onChange: (choice: IFilterChoice) => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { choice, onChange } = props;
  const words = {
    waiting: trans.__('waiting'),
    running: trans.__('running'),
    done: trans.__('done'),
    failed: trans.__('failed'),
    retried: trans.__('retried')
  };
  return (
    <div className="jp-Pilothouse-filters" role="search" aria-label={trans.__('Filter tasks')}>
      <HTMLSelect
        aria-label={trans.__('Whose tasks')}
        value={choice.scope}
        onChange={event =>
          onChange({ ...choice, scope: event.target.value === 'notebook' ? 'notebook' : 'all' })
        }
      >
        <option value="all">{trans.__('all notebooks')}</option>
        <option value="notebook" disabled={!props.hasNotebook}>
          {trans.__('this notebook')}
        </option>
      </HTMLSelect>
      <HTMLSelect
        aria-label={trans.__('In which state')}
        value={choice.state ?? ''}
        onChange={event =>
          onChange({
            ...choice,
            state: STATES.find(state => state === event.target.value) ?? null
          })
        }
      >
        <option value="">{trans.__('all states')}</option>
        {STATES.map(state => (
          <option key={state} value={state}>
            {words[state]}
          </option>
        ))}
      </HTMLSelect>
      <InputGroup
        type="search"
        aria-label={trans.__('App, notebook or error')}
        placeholder={trans.__('Filter')}
        value={choice.text}
        onChange={event => onChange({ ...choice, text: event.currentTarget.value })}
      />
    </div>
  );
}
