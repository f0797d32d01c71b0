import { LIMITS, PILOTHOUSE_ERROR, type ErrorData, type Role, type RpcId } from '../../protocol';
import type { IClient, IDisposable, ILog } from '../tokens';
import type { IWire } from './wire';

/** What a client may do so far. */
export type Standing =
  /** Has not said hello. */
  | { kind: 'stranger' }
  /** Of another version: may only ask what is needed to replace the bridge. */
  | { kind: 'otherVersion'; role: 'command'; pid: number }
  | { kind: 'client'; role: Role; pid: number };

/** One client: what is sent to it, and its end. */
export class Connection implements IClient {
  constructor(
    readonly id: number,
    private readonly _wire: IWire,
    hears: { text(text: string): void; frame(frame: Buffer): void },
    private readonly _log: ILog
  ) {
    _wire.listen({
      ...hears,
      pong: () => {
        this._answered = true;
      },
      drained: () => this._drained(),
      closed: () => this._close(),
      failed: error => _log.warn('client_error', { client: id, words: error.message })
    });
  }

  standing: Standing = { kind: 'stranger' };
  /** Takes binary messages, where this client sends any. @throws PeerError for what is none */
  onFrame: ((frame: Buffer) => void) | null = null;
  /** Called when `sendFrame` was false, and little waits now. */
  onRoom: (() => void) | null = null;
  /** Requests that have no answer yet. */
  underWay = 0;

  get role(): Role {
    if (this.standing.kind === 'stranger') {
      throw new Error(`client ${this.id} has not said hello`);
    }
    return this.standing.role;
  }

  get pid(): number {
    if (this.standing.kind === 'stranger') {
      throw new Error(`client ${this.id} has not said hello`);
    }
    return this.standing.pid;
  }

  /** Whether frames of tunnels can go by it. */
  get carriesFrames(): boolean {
    return this._wire.carriesFrames;
  }

  get closed(): boolean {
    return this._closed;
  }

  notify(method: string, params: unknown): void {
    this.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  answer(id: RpcId, result: unknown): void {
    const text = JSON.stringify({ jsonrpc: '2.0', id, result });
    if (text.length > LIMITS.bridgeMessageBytes) {
      this.refuse(id, {
        code: 'message_too_large',
        params: { bytes: text.length, limit: LIMITS.bridgeMessageBytes }
      });
    } else {
      this.send(text);
    }
  }

  /** Answers with an error; `id` is null where the request could not be read. */
  refuse(id: RpcId | null, data: ErrorData): void {
    const message = data.words === undefined ? data.code : `${data.code}: ${data.words}`;
    const error = { code: PILOTHOUSE_ERROR, message, data };
    this.send(JSON.stringify({ jsonrpc: '2.0', id, error }));
  }

  /** Sends a text; cuts the client off if too much waits for it already. */
  send(text: string): void {
    if (this._mayTakeMore()) {
      this._wire.text(text);
    }
  }

  /** Sends a binary message likewise. False: more waits than is good; `onRoom` says when not. */
  sendFrame(frame: Uint8Array): boolean {
    if (this._mayTakeMore()) {
      this._wire.frame(frame);
      this._isFull ||= this._wire.waitingBytes > LIMITS.homeBacklogBytes;
    }
    return !this._isFull;
  }

  private _drained(): void {
    if (this._isFull) {
      this._isFull = false;
      this.onRoom?.();
    }
  }

  private _mayTakeMore(): boolean {
    if (this._closed || !this._wire.isOpen) {
      return false;
    }
    if (this._wire.waitingBytes > LIMITS.clientBacklogBytes) {
      this._log.warn('client_does_not_read', {
        client: this.id,
        waitingBytes: this._wire.waitingBytes,
        limit: LIMITS.clientBacklogBytes
      });
      this.cut();
      return false;
    }
    return true;
  }

  onClosed(call: () => void): IDisposable {
    this._onClosed.add(call);
    return { dispose: () => void this._onClosed.delete(call) };
  }

  /** Pings; a client that did not answer the ping before is cut off. */
  ping(): void {
    if (!this._answered) {
      this._log.warn('client_silent', { client: this.id });
      this.cut();
      return;
    }
    this._answered = false;
    this._wire.ping();
  }

  /** Closes in order, after what has been sent. */
  end(code: number, reason: string): void {
    this._wire.end(code, reason);
  }

  /** Ends it now. */
  cut(): void {
    this._wire.cut();
    this._close();
  }

  private _close(): void {
    if (this._closed) {
      return;
    }
    this._closed = true;
    const calls = [...this._onClosed];
    this._onClosed.clear();
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        this._log.error('client_close_failed', error, { client: this.id });
      }
    }
  }

  private readonly _onClosed = new Set<() => void>();
  private _answered = true;
  private _isFull = false;
  private _closed = false;
}
