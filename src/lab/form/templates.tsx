import * as React from 'react';
import { TEMPLATES } from '../../protocol';
import type { ITemplate } from '../../protocol';
import { SmallButton, useSurroundings } from '../views';
import { ofContract } from '../words';

/** What a new place can begin with. */
export function Templates(props: {
  onChoose: (template: ITemplate) => void;
  onImport: () => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  return (
    <div className="jp-Pilothouse-templates">
      <h2>{trans.__('A new place')}</h2>
      <p>{trans.__('What is it like? All of it can be changed afterwards.')}</p>
      <ul className="jp-Pilothouse-rows" aria-label={trans.__('Templates')}>
        {TEMPLATES.map(template => (
          <li key={template.id}>
            <button
              type="button"
              className="jp-Pilothouse-template"
              onClick={() => props.onChoose(template)}
            >
              <strong>{ofContract(trans, template.title)}</strong>
              <span>{ofContract(trans, template.says)}</span>
            </button>
          </li>
        ))}
      </ul>
      <SmallButton onClick={props.onImport}>{trans.__('Import a file…')}</SmallButton>
    </div>
  );
}
