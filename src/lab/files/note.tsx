import * as React from 'react';
import { LIMITS } from '../../protocol';
import { ConnectionLine } from '../panel/places/connection';
import { LiveWidget, SmallButton, TroubleNote, useSurroundings } from '../views';
import type { ISurroundings } from '../views';
import { count } from '../words';
import type { Note } from './place';

/** What stands above the files: the way in, what went wrong, or nothing. */
export class FilesNote extends LiveWidget {
  constructor(
    surroundings: ISurroundings,
    private readonly _note: () => Note,
    private readonly _again: () => void
  ) {
    super(surroundings);
    this.addClass('jp-Pilothouse-filesNote');
  }

  protected content(): React.ReactElement | null {
    return <Shown note={this._note()} again={this._again} />;
  }
}

function Shown(props: { note: Note; again: () => void }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { note } = props;
  switch (note.kind) {
    case 'nothing':
      return null;
    case 'login':
      return (
        <div role="status" className="jp-Pilothouse-filesLogin">
          <p>
            {note.host.state === 'lost'
              ? trans.__(
                  'The files of %1 are out of reach; what is shown is older.',
                  note.pool.title
                )
              : trans.__('To see the files of %1, log in to its submit host.', note.pool.title)}
          </p>
          <ConnectionLine pool={note.pool} host={note.host} />
        </div>
      );
    case 'failure':
      return (
        <TroubleNote trouble={note.failure.trouble}>
          <SmallButton onClick={props.again}>{trans.__('Try again')}</SmallButton>
        </TroubleNote>
      );
    case 'more':
      return (
        <p role="status">
          {trans.__('Only the first %1 entries are shown.', count(LIMITS.entriesListed))}
        </p>
      );
  }
}
