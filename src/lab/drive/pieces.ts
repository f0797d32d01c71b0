import { UUID } from '@lumino/coreutils';
import type { HostEntry } from '../../protocol';
import { LIMITS } from '../../protocol';
import type { IClock } from '../clock';
import { RequestFailure, troubleOf } from '../request';
import type { IPilothouseModel } from '../tokens';
import { base64Of, bytesOf } from './content';
import { isAway } from './failure';
import type { ISpot } from './paths';

/** How often a file that changes while it is read is read from its beginning. */
const TRIES = 3;
/** Between two looks whether the way is back. */
const AGAIN_MS = 1000;
/** An upload whose connection broke waits so long for somebody to log in. */
const WAIT_MS = 15 * 60_000;

/** A file, whole; or, of one that is larger than what was allowed, its size. */
export type Whole =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'large'; readonly size: number };

/**
 * Reads a file as it was at one moment.
 * @throws RequestFailure
 */
export async function readWhole(
  model: IPilothouseModel,
  spot: ISpot,
  mostBytes: number
): Promise<Whole> {
  for (let tries = 1; ; tries += 1) {
    const found = await readOnce(model, spot, mostBytes);
    if (found !== null) {
      return found;
    }
    if (tries === TRIES) {
      throw new RequestFailure({
        kind: 'bridge',
        error: { code: 'file_changed', params: { path: spot.path } }
      });
    }
  }
}

/** null: it was changed meanwhile. */
async function readOnce(
  model: IPilothouseModel,
  spot: ISpot,
  mostBytes: number
): Promise<Whole | null> {
  const read = (offset: number) =>
    model.call('files.read', { ...spot, offset, bytes: LIMITS.fileBytes });
  const first = await read(0);
  if (first.size > mostBytes) {
    return { kind: 'large', size: first.size };
  }
  const bytes = new Uint8Array(first.size);
  for (let at = 0, piece = first; ; piece = await read(at)) {
    const content = bytesOf(piece.content);
    const isSame =
      piece.size === first.size &&
      piece.modifiedAtMs === first.modifiedAtMs &&
      piece.file === first.file;
    if (!isSame || (content.length === 0 && at < first.size)) {
      return null;
    }
    bytes.set(content, at);
    at += content.length;
    if (at === first.size) {
      return { kind: 'whole', bytes };
    }
  }
}

/** What a file is to be when it is written; see `files.write`. */
export interface IExpected {
  /** As old as it was seen; null: not there; undefined: whatever. */
  readonly modifiedAtMs?: number | null;
}

/**
 * Writes a file, whole or not at all.
 * @throws RequestFailure file_changed, …
 */
export async function writeWhole(
  model: IPilothouseModel,
  clock: IClock,
  spot: ISpot,
  bytes: Uint8Array,
  expected: IExpected = {}
): Promise<HostEntry> {
  const sending = new Sending(model, clock, spot, expected);
  for (let at = 0; ; at += LIMITS.fileBytes) {
    const isLast = at + LIMITS.fileBytes >= bytes.length;
    const entry = await sending.add(bytes.subarray(at, at + LIMITS.fileBytes), isLast);
    if (entry !== null) {
      return entry;
    }
  }
}

/** One file on its way to a submit host, piece by piece; one that is cut is gone on with. */
export class Sending {
  constructor(
    private readonly _model: IPilothouseModel,
    private readonly _clock: IClock,
    private readonly _spot: ISpot,
    private readonly _expected: IExpected = {}
  ) {}

  /**
   * Sends the next piece, of at most `LIMITS.fileBytes`; what is there, after the last.
   *
   * Where the connection breaks it waits until somebody has logged in again, and sends what of the
   * piece has not arrived.
   * @throws RequestFailure
   */
  async add(piece: Uint8Array, isLast: boolean): Promise<HostEntry | null> {
    const end = this._sent + piece.length;
    const waitUntilMs = this._clock.now() + WAIT_MS;
    let from = this._sent;
    for (;;) {
      let received: number;
      try {
        if (this._before === undefined && !isLast) {
          this._before = await this._there();
        }
        const answer = await this._model.call('files.write', {
          ...this._spot,
          content: base64Of(piece.subarray(from - this._sent)),
          offset: from,
          last: isLast,
          sender: this._sender,
          ...(this._expected.modifiedAtMs === undefined
            ? {}
            : { expectedModifiedAtMs: this._expected.modifiedAtMs })
        });
        received = answer.received;
        if (received === end && (!isLast || answer.entry !== null)) {
          this._sent = end;
          return answer.entry;
        }
      } catch (error) {
        if (!isAway(troubleOf(error)) || this._clock.now() > waitUntilMs) {
          throw error;
        }
        await this._returned(error, waitUntilMs);
        continue;
      }
      if (received < this._sent || received > end || received === from) {
        const done = isLast ? await this._done(end) : null;
        if (done !== null) {
          return done;
        }
        throw new RequestFailure({
          kind: 'bridge',
          error: {
            code: 'file_failed',
            params: { path: this._spot.path, problem: 'what had arrived of it is gone' }
          }
        });
      }
      // So much had arrived when the connection broke.
      from = received;
    }
  }

  /**
   * What is there, if it is the file: the answer to its last piece may be what was lost. What was
   * there before the first piece is not, be it as large.
   */
  private async _done(size: number): Promise<HostEntry | null> {
    const there = await this._there();
    const isOther =
      there?.modifiedAtMs !== this._before?.modifiedAtMs || there?.size !== this._before?.size;
    return isOther && there?.size === size && there.kind === 'file' ? there : null;
  }

  private async _there(): Promise<HostEntry | null> {
    return (await this._model.call('files.stat', this._spot)).entry;
  }

  /** Waits until there is a way again; throws `error` where nobody makes one. */
  private async _returned(error: unknown, untilMs: number): Promise<void> {
    for (;;) {
      await new Promise<void>(resolve => this._clock.after(AGAIN_MS, resolve));
      const state = this._state();
      if (state === 'there') {
        return;
      }
      if (state === 'left' || this._clock.now() > untilMs) {
        throw error;
      }
    }
  }

  private _state(): 'there' | 'gone' | 'left' {
    const { picture, connection } = this._model;
    if (connection.kind !== 'live') {
      return 'gone';
    }
    const host = picture.pools.get(this._spot.pool)?.host ?? null;
    switch (host === null ? 'connected' : picture.hosts.get(host)?.state) {
      case 'connected':
        return 'there';
      case 'lost':
      case 'logging-in':
      case 'failed':
        return 'gone';
      // Somebody has logged out.
      case 'away':
      case undefined:
        return 'left';
    }
  }

  /** So that nobody who sends to the same place at the same time mixes into it. */
  private readonly _sender = UUID.uuid4().replaceAll('-', '');
  private _sent = 0;
  /** What was there before its first piece of several; undefined: nobody has looked. */
  private _before: HostEntry | null | undefined = undefined;
}
