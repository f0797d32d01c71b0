import * as React from 'react';
import { pilothouseIcon } from './icons';
import { CommandIDs } from './tokens';
import { LiveWidget } from './views';
import type { ISurroundings } from './views';
import { brief, connectionAlert, freshness, summary } from './words';

/** The whole in the status bar; a press opens the panel. */
export class StatusItem extends LiveWidget {
  constructor(surroundings: ISurroundings) {
    super(surroundings, 250);
    this.addClass('jp-Pilothouse-status');
  }

  protected content(): React.ReactElement {
    const { model, trans, clock, commands } = this.surroundings;
    const live = model.connection.kind === 'live';
    const text = live
      ? [brief(trans, model.picture), connectionAlert(trans, model.picture)]
          .filter(part => part !== '')
          .join(' · ')
      : trans.__('no contact');
    const believed = freshness(trans, model.connection, clock.now());
    return (
      <button
        type="button"
        className="jp-Pilothouse-statusButton"
        title={believed || summary(trans, model.picture)}
        aria-label={trans.__('Pilothouse: %1. Open the panel.', text)}
        onClick={() => void commands.execute(CommandIDs.openPanel)}
      >
        <pilothouseIcon.react tag="span" stylesheet="statusBar" />
        {!live && <span aria-hidden="true">⚠</span>}
        {text}
      </button>
    );
  }
}
