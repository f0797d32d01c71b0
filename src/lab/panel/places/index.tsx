import type { Pool } from '../../../protocol';
import * as React from 'react';
import { poolsOf } from '../../model';
import { LiveWidget, Rows } from '../../views';
import type { ISurroundings } from '../../views';
import { Place } from './place';

/** The section of places: where pilots run, and how many. */
export class PlacesSection extends LiveWidget {
  constructor(surroundings: ISurroundings) {
    super(surroundings);
    this.addClass('jp-Pilothouse-section');
    this.title.label = surroundings.trans.__('Places');
  }

  protected content(): React.ReactElement {
    const { model, trans } = this.surroundings;
    const pools = poolsOf(model.picture);
    this.toggleClass('jp-mod-stale', model.connection.kind !== 'live');
    if (pools.length === 0) {
      return (
        <div className="jp-Pilothouse-quiet">
          {model.connection.kind === 'connecting'
            ? trans.__('Loading…')
            : trans.__('Not known while the bridge is not there.')}
        </div>
      );
    }
    return (
      <Rows
        items={pools}
        label={trans.__('Places')}
        row={pool => (
          <Place key={pool.pool} pool={pool} open={pools.length === 1 || hasPilots(pool)} />
        )}
      />
    );
  }
}

function hasPilots(pool: Pool): boolean {
  return Object.values(pool.counts).some(pilots => pilots > 0);
}
