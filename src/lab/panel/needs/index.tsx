import * as React from 'react';
import { LiveWidget } from '../../views';
import type { ISurroundings } from '../../views';
import { freshness } from '../../words';
import { NeedItem } from './item';
import type { Need } from './needs';
import { needsOf } from './needs';

/** Above all sections: how far the panel can be believed, and what waits for a person. */
export class NeedsYou extends LiveWidget {
  constructor(surroundings: ISurroundings) {
    super(surroundings);
    this.addClass('jp-Pilothouse-needs');
  }

  protected content(): React.ReactElement {
    const { model, trans, clock } = this.surroundings;
    const needs = needsOf(model.picture, model.connection);
    const believed = freshness(trans, model.connection, clock.now());
    return (
      <>
        {believed && (
          <div
            className={`jp-Pilothouse-freshness jp-mod-${model.connection.kind}`}
            role="status"
            aria-live="off"
          >
            {believed}
          </div>
        )}
        {needs.length > 0 && (
          <section aria-label={trans.__('Needs you')}>
            <h2 className="jp-Pilothouse-needsTitle">{trans.__('Needs you')}</h2>
            <ul className="jp-Pilothouse-rows">
              {needs.map(need => (
                <NeedItem key={keyOf(need)} need={need} />
              ))}
            </ul>
          </section>
        )}
      </>
    );
  }
}

function keyOf(need: Need): string {
  switch (need.kind) {
    case 'bridge':
      return need.kind;
    case 'stopped':
    case 'unserved':
      return `${need.kind} ${need.pool.pool}`;
    case 'login':
    case 'lost':
    case 'away':
      return `${need.kind} ${need.host.host}`;
    case 'executor':
      return `${need.kind} ${need.executor.executor}`;
    case 'held':
      return `${need.kind} ${need.pool.pool} ${need.why?.code ?? ''}`;
    case 'profile':
      return `${need.kind} ${need.profile.file}`;
  }
}
