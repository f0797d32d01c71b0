import { Notification } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import type { PoolName } from '../../protocol';
import { DisposableBase } from '../disposable';
import type { IAwaited, Patience } from '../drive';
import { CommandIDs } from '../tokens';
import type { ISurroundings } from '../views';
import { count } from '../words';

/** Says of each place, as long as documents wait for a login there, who is to log in. */
class AwaitedLogins extends DisposableBase {
  constructor(
    private readonly _surroundings: ISurroundings,
    private readonly _patience: Patience
  ) {
    super();
    _patience.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  protected override release(): void {
    this._shown.forEach(id => Notification.dismiss(id));
    this._shown.clear();
  }

  private _onChanged(): void {
    const { awaited } = this._patience;
    for (const [pool, id] of this._shown) {
      if (!awaited.has(pool)) {
        Notification.dismiss(id);
        this._shown.delete(pool);
      }
    }
    for (const [pool, one] of awaited) {
      const message = this._words(one);
      const id = this._shown.get(pool);
      if (id === undefined) {
        this._shown.set(pool, this._show(pool, message));
      } else {
        Notification.update({ id, message });
      }
    }
  }

  private _show(pool: PoolName, message: string): string {
    const { commands, trans } = this._surroundings;
    return Notification.warning(message, {
      autoClose: false,
      actions: [
        {
          label: trans.__('Log in'),
          displayType: 'accent',
          callback: event => {
            // It is shown until somebody is logged in, whatever comes of this.
            event.preventDefault();
            void commands.execute(CommandIDs.logIn, { pool });
          }
        }
      ]
    });
  }

  private _words({ documents, failure }: IAwaited): string {
    const { trans } = this._surroundings;
    const waits = trans._n(
      'A document waits to be opened, and opens by itself then.',
      '%1 documents wait to be opened, and open by themselves then.',
      documents,
      count(documents)
    );
    return `${failure.message} ${waits}`;
  }

  private readonly _shown = new Map<PoolName, string>();
}

/** Follows what documents wait for, until it is disposed. */
export function tellAwaited(surroundings: ISurroundings, patience: Patience): IDisposable {
  return new AwaitedLogins(surroundings, patience);
}
