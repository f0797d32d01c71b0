import * as React from 'react';
import { connectionAlert, summary } from '../words';
import { LiveWidget } from './live';
import type { ISurroundings } from './live';

/** A screen reader hears the counts at most this often. */
const EVERY_MS = 5000;

/** The counts, and what a connection waits for, for who does not see them change. */
export class Announcer extends LiveWidget {
  constructor(surroundings: ISurroundings) {
    super(surroundings, EVERY_MS);
    this.addClass('jp-Pilothouse-announcer');
  }

  protected content(): React.ReactElement {
    const { model, trans } = this.surroundings;
    const said = [summary(trans, model.picture), connectionAlert(trans, model.picture)];
    return (
      <div role="status" aria-live="polite">
        {model.connection.kind === 'live' ? said.filter(part => part !== '').join(' · ') : ''}
      </div>
    );
  }
}
