import type { Pool } from '../../../protocol';
import { addIcon, CommandToolbarButton, Toolbar } from '@jupyterlab/ui-components';
import * as React from 'react';
import { poolsOf } from '../../model';
import { CommandIDs } from '../../tokens';
import { LiveWidget, Rows, SmallButton } from '../../views';
import type { ISurroundings } from '../../views';
import { Place } from './place';

/** The section of places: where pilots run, and how many. */
export class PlacesSection extends LiveWidget {
  constructor(surroundings: ISurroundings) {
    super(surroundings);
    this.addClass('jp-Pilothouse-section');
    this.title.label = surroundings.trans.__('Places');
    this.toolbar.addItem(
      'new',
      new CommandToolbarButton({
        commands: surroundings.commands,
        id: CommandIDs.newPlace,
        icon: addIcon,
        label: ''
      })
    );
  }

  /** In the section's title. */
  readonly toolbar = new Toolbar();

  override dispose(): void {
    if (!this.isDisposed) {
      this.toolbar.dispose();
      super.dispose();
    }
  }

  protected content(): React.ReactElement {
    const { model, trans, commands } = this.surroundings;
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
    const isAlone = pools.every(({ scheduler }) => scheduler === 'local');
    return (
      <>
        <Rows
          items={pools}
          label={trans.__('Places')}
          row={pool => (
            <Place key={pool.pool} pool={pool} open={pools.length === 1 || hasPilots(pool)} />
          )}
        />
        {isAlone && (
          <div className="jp-Pilothouse-empty">
            <p>{trans.__('Add OSPool, a Slurm cluster or another HTCondor pool.')}</p>
            <SmallButton onClick={() => void commands.execute(CommandIDs.newPlace)}>
              {trans.__('Add a place')}
            </SmallButton>
          </div>
        )}
      </>
    );
  }
}

function hasPilots(pool: Pool): boolean {
  return Object.values(pool.counts).some(pilots => pilots > 0);
}
