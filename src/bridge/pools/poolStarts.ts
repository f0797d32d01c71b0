import { randomBytes } from 'node:crypto';
import {
  PoolStartId,
  TUNNEL_ID_BYTES,
  tunnelIdOf,
  type LeaseCause,
  type LeaseState
} from '../../protocol';
import type { IContents } from '../content';
import type { IBridgeContext } from '../tokens';
import type { ISwitch } from '../tunnels';
import type { ILeaseEntry, IPilotEntry } from './model';

/** Starts of one pilot that may fail to register in a row before it is ended. */
const UNREGISTERED_LIMIT = 3;
/** A pool that has been told to stop is gone by then, or its pilot is of no use. */
const STOP_WITHIN_MS = 10_000;

/** Starts and stops the pools of leases, and gives up pilots on which that does not work. */
export class PoolStarts {
  /**
   * @param _move moves a lease to a state, and tells everybody
   * @param _failed gives up a pilot
   */
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _switch: Pick<ISwitch, 'add' | 'remove'>,
    private readonly _contents: Pick<IContents, 'folder' | 'startEnded'>,
    private readonly _move: (lease: ILeaseEntry, state: LeaseState, cause: LeaseCause) => void,
    private readonly _failed: (pilot: IPilotEntry, cause: string, words: string) => void
  ) {}

  /** Starts a lease's pool on its pilot, under a new identity. */
  start(lease: ILeaseEntry, cause: LeaseCause): void {
    const { pilot } = lease;
    if (pilot === null) {
      return;
    }
    this.bury(lease);
    lease.restarting = false;
    const id = pilot.record.pilot.pilot;
    lease.start = PoolStartId.parse(`${id}.${randomBytes(5).toString('hex')}`);
    const { connection } = pilot;
    if (connection !== null && !connection.near) {
      lease.tunnel = tunnelIdOf(randomBytes(TUNNEL_ID_BYTES));
    }
    this._move(lease, 'lent', cause);
    const { content } = lease.executor;
    const near = connection?.near === true;
    connection?.send('pool.start', {
      lease: lease.lease,
      start: lease.start,
      command: lease.command,
      options: lease.executor.start,
      tunnel: lease.tunnel,
      content: content === null ? null : { folder: near ? this._contents.folder(content) : null }
    });
    if (connection !== null && lease.tunnel !== null) {
      // Behind the start, without which the agent does not know the tunnel that it has a way for.
      this._switch.add(lease.tunnel, lease.executor.executor, connection.tunnels);
    }
    this.limit(lease);
  }

  /** The start of now is dead, and its tunnel over. */
  bury(lease: ILeaseEntry): void {
    if (lease.start !== null && !lease.dead.includes(lease.start)) {
      lease.dead.push(lease.start);
    }
    if (lease.start !== null) {
      this._contents.startEnded(lease.start, lease.executor.content);
    }
    if (lease.tunnel !== null) {
      this._switch.remove(lease.tunnel);
      lease.tunnel = null;
    }
  }

  /** A pool that has not registered in time is killed and started again. */
  limit(lease: ILeaseEntry): void {
    lease.timer?.dispose();
    const { clock, times } = this._context;
    lease.timer = clock.after(times.registerWithinMs, () => {
      if (lease.pilot?.connection === null) {
        // Nothing can be said of a pool that cannot be reached; its pilot has its own limit.
        this.limit(lease);
        return;
      }
      this._unregistered(lease, `it did not register within ${times.registerWithinMs} ms`);
    });
  }

  /** A pool that does not register is stopped, and started anew once it has ended. */
  private _unregistered(lease: ILeaseEntry, words: string): void {
    const { pilot } = lease;
    if (pilot !== null && this.mayStartAgain(lease, pilot, words)) {
      lease.restarting = true;
      lease.words = words;
      this.stop(lease, pilot);
    }
  }

  /** Counts a start that came to nothing; false if there were too many, and the pilot is given up. */
  mayStartAgain(lease: ILeaseEntry, pilot: IPilotEntry, words: string): boolean {
    pilot.unregistered += 1;
    this._context.log.warn('lease.unregistered', {
      lease: lease.lease,
      pilot: pilot.record.pilot.pilot,
      times: pilot.unregistered,
      words
    });
    if (pilot.unregistered >= UNREGISTERED_LIMIT) {
      this._failed(pilot, 'never_registered', `Its worker pool never came up: ${words}`);
      return false;
    }
    return true;
  }

  /** Kills a lease's pool; a pilot that does not is of no use. */
  stop(lease: ILeaseEntry, pilot: IPilotEntry): void {
    lease.timer?.dispose();
    pilot.connection?.send('pool.stop', { lease: lease.lease });
    lease.timer = this._context.clock.after(STOP_WITHIN_MS, () => {
      if (pilot.connection !== null) {
        this._failed(pilot, 'pool_not_stopped', 'Its worker pool did not stop when told.');
      }
    });
  }
}
