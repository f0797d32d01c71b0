import { PilothouseError } from '../../errors';
import type { IHost } from '../../hosts/tokens';
import type { ILog } from '../../tokens';
import { readEvents } from './eventLog';
import { NEW_HISTORY, withEvent, type IHistory } from './history';
import { jobId } from './jobs';

/** Read at one time. */
const PIECE_BYTES = 1024 * 1024;
/** Longer than any event: what has no end within this is no event log. */
const MOST_EVENT_BYTES = 16 * PIECE_BYTES;

/** What a look at logs has brought: events, or only that one is there now or is gone. */
export type Heard = 'nothing' | 'events' | 'other';

/** An event log, as far as it was read. */
interface IEventLog {
  offset: number;
  /** Of all jobs in it, by their ids. */
  histories: Map<string, IHistory>;
  /** Whether it is there and could be read just now. */
  sound: boolean;
  strange: boolean;
}

/** The event logs of submissions: each is read on from where it was read last. */
export class EventLogs {
  constructor(
    private readonly _host: IHost,
    private readonly _log: ILog
  ) {}

  /**
   * Reads what was written since, one reader at a time. Logs that are not named
   * any more are forgotten.
   * @throws PilothouseError where a log could not be read; all others have been
   */
  read(paths: ReadonlySet<string>): Promise<Heard> {
    const reading = this._last.then(() => this._read(paths));
    this._last = reading.then(
      () => undefined,
      () => undefined
    );
    return reading;
  }

  /** What its log has told of a job; null: nothing, or it cannot be read now. */
  historyOf(path: string, id: string): IHistory | null {
    const log = this._logs.get(path);
    return log?.sound === true ? (log.histories.get(id) ?? null) : null;
  }

  private async _read(paths: ReadonlySet<string>): Promise<Heard> {
    for (const path of this._logs.keys()) {
      if (!paths.has(path)) {
        this._logs.delete(path);
      }
    }
    let sizes: ReadonlyMap<string, number>;
    try {
      sizes = await this._host.sizes([...paths]);
    } catch (error) {
      for (const log of this._logs.values()) {
        log.sound = false;
      }
      throw error;
    }
    let heard: Heard = 'nothing';
    let failure: PilothouseError | null = null;
    for (const path of paths) {
      const log = this._logs.get(path) ?? newLog();
      this._logs.set(path, log);
      try {
        const before = log.sound;
        if (await this._readOne(path, log, sizes.get(path))) {
          heard = 'events';
        } else if (before !== log.sound && heard === 'nothing') {
          heard = 'other';
        }
      } catch (error) {
        log.sound = false;
        if (!(error instanceof PilothouseError)) {
          throw error;
        }
        failure ??= error;
      }
    }
    if (failure !== null) {
      throw failure;
    }
    return heard;
  }

  private async _readOne(path: string, log: IEventLog, size: number | undefined): Promise<boolean> {
    if (size === undefined) {
      log.sound = false;
      return false;
    }
    if (size < log.offset) {
      // Somebody has cut it or put another in its place: what it told is as good as lost.
      this._log.warn('htcondor.log_shrunk', { path, size, read: log.offset });
      log.offset = 0;
      log.histories = new Map();
    }
    log.sound = true;
    let heard = false;
    for (let bytes = PIECE_BYTES; log.offset < size;) {
      const piece = await this._host.read(path, log.offset, bytes);
      if (piece === null) {
        log.sound = false;
        return heard;
      }
      const { events, taken, strange } = readEvents(piece.bytes);
      log.offset += taken;
      heard ||= taken > 0;
      for (const event of events) {
        const id = jobId(event);
        log.histories.set(id, withEvent(log.histories.get(id) ?? NEW_HISTORY, event));
      }
      if (strange.length > 0 && !log.strange) {
        log.strange = true;
        this._log.warn('htcondor.log_strange', { path, line: strange[0].slice(0, 200) });
      }
      if (taken === 0 && piece.bytes.length < bytes) {
        // The last event is not all written yet.
        break;
      }
      bytes = taken === 0 ? 2 * bytes : PIECE_BYTES;
      if (bytes > MOST_EVENT_BYTES) {
        throw new PilothouseError({
          code: 'answer_unreadable',
          params: { command: path },
          machine: this._host.name,
          words: `${path} is no event log of HTCondor: ${piece.bytes.toString('latin1', 0, 200)}`
        });
      }
    }
    return heard;
  }

  private readonly _logs = new Map<string, IEventLog>();
  private _last: Promise<void> = Promise.resolve();
}

const newLog = (): IEventLog => ({
  offset: 0,
  histories: new Map(),
  sound: false,
  strange: false
});
