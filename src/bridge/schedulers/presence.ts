import type { IHost } from '../hosts/tokens';
import type { IDisposable } from '../tokens';
import type { Rounds } from './rounds';
import type { Telling } from './telling';

/**
 * Follows whether anybody is logged in to a scheduler's submit host: while
 * nobody is, it is not asked, and that is said once if there are jobs; then it
 * is asked at once.
 */
export class Presence implements IDisposable {
  /** `back`: what else is looked at when somebody has logged in. */
  constructor(
    private readonly _host: Pick<IHost, 'name' | 'connected' | 'onConnection'>,
    rounds: Rounds,
    private readonly _telling: Telling,
    private readonly _jobs: { readonly size: number },
    back: () => void = () => undefined
  ) {
    rounds.absent(!_host.connected);
    this._owned = _host.onConnection(connected => {
      rounds.absent(!connected);
      if (connected) {
        _telling.trouble('queue', null);
        back();
      } else {
        this.say();
      }
    });
  }

  /** Says that nobody can be asked, if that is so. */
  say(): void {
    if (!this._host.connected && this._jobs.size > 0) {
      const words = `Nobody is logged in to ${this._host.name}: what becomes of its jobs is seen when somebody is.`;
      this._telling.trouble('queue', { code: 'login_needed', words });
    }
  }

  dispose(): void {
    this._owned.dispose();
  }

  private readonly _owned: IDisposable;
}
