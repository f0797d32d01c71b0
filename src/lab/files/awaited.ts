import { Notification } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import type { PoolName } from '../../protocol';
import { DisposableBase } from '../disposable';
import type { Patience } from '../drive';
import type { Trouble } from '../tokens';
import { CommandIDs } from '../tokens';
import type { ISurroundings } from '../views';
import { sentence } from '../words';

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
    for (const [pool, { trouble }] of awaited) {
      if (!this._shown.has(pool)) {
        this._shown.set(pool, this._show(pool, trouble));
      }
    }
  }

  private _show(pool: PoolName, trouble: Trouble): string {
    const { commands, trans } = this._surroundings;
    // What helps is the button.
    const { what } = sentence(trans, trouble);
    return Notification.warning(trans.__('%1 Documents wait for it.', what), {
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

  private readonly _shown = new Map<PoolName, string>();
}

/** Follows what documents wait for, until it is disposed. */
export function tellAwaited(surroundings: ISurroundings, patience: Patience): IDisposable {
  return new AwaitedLogins(surroundings, patience);
}
