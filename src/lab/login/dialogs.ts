import type { IDisposable } from '@lumino/disposable';
import type { HostConnection, HostId, PoolName } from '../../protocol';
import { DisposableBase } from '../disposable';
import type { ISurroundings } from '../views';
import { LoginDialog } from './dialog';
import { LoginTalk } from './talk';

/** A login by keys alone is done sooner, and is no dialog. */
const PATIENCE_MS = 600;

/** Sees to work that nobody waits for: says what goes wrong with it. */
export type Told = (work: Promise<unknown>) => void;

/** The dialogs of this tab, at most one for each submit host. None opens that nobody asked for. */
export class LoginDialogs extends DisposableBase {
  constructor(
    private readonly _surroundings: ISurroundings,
    private readonly _told: Told
  ) {
    super();
  }

  /**
   * Shows a login as soon as there is something to see.
   *
   * @param host As the bridge has just said that it is.
   * @param pool The place that it is for; null: whichever has it.
   * @param atOnce Even if nothing is asked just now.
   */
  open(host: HostConnection, pool: PoolName | null, atOnce: boolean): void {
    const talk = new LoginTalk(this._surroundings.model, host, pool);
    const isShown = [...this._shown].some(shown => shown.host === host.host);
    if (isShown || talk.stage.kind === 'over') {
      talk.dispose();
      return;
    }
    const shown = new ShownLogin(this._surroundings, talk, this._told, atOnce ? 0 : PATIENCE_MS);
    this._shown.add(shown);
    talk.ended.connect(() => {
      this._shown.delete(shown);
      shown.dispose();
    }, shown);
  }

  protected override release(): void {
    this._shown.forEach(shown => shown.dispose());
    this._shown.clear();
  }

  private readonly _shown = new Set<ShownLogin>();
}

/** A login that this tab takes part in, and its dialog once there is one. */
class ShownLogin extends DisposableBase {
  constructor(
    private readonly _surroundings: ISurroundings,
    private readonly _talk: LoginTalk,
    private readonly _told: Told,
    patienceMs: number
  ) {
    super();
    _surroundings.model.changed.connect(this._look, this);
    this._patience = _surroundings.clock.after(patienceMs, () => this._show());
    this._look();
  }

  /** Whose login it is now: the dialog may go on with another connection of its place. */
  get host(): HostId {
    return this._talk.known.host;
  }

  protected override release(): void {
    this._stopWaiting();
    this._talk.dispose();
    this._dialog?.reject();
  }

  private _look(): void {
    const { kind } = this._talk.stage;
    if (kind !== 'waiting' && kind !== 'over') {
      this._show();
    }
  }

  private _show(): void {
    if (this._dialog !== null || this.isDisposed) {
      return;
    }
    this._stopWaiting();
    this._dialog = new LoginDialog(this._surroundings, this._talk, this._told);
    const leave = (): void => this._talk.leave();
    // It rejects where something else disposes of all dialogs.
    this._dialog.launch().then(leave, leave);
  }

  private _stopWaiting(): void {
    this._patience.dispose();
    this._surroundings.model.changed.disconnect(this._look, this);
  }

  private _dialog: LoginDialog | null = null;
  private readonly _patience: IDisposable;
}
