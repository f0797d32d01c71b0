import type { Duplex } from 'node:stream';
import { FrameKind, HomeFrame, LIMITS } from '../../protocol';
import { Corked, encodeFrame, FrameDecoder } from '../tunnels';
import type { IWire, IWireListener } from './wire';

/** How a client asks for it, in place of `websocket`. */
export const FRAMES = 'pilothouse-frames';

/**
 * A home's messages: JSON texts and frames of tunnels, both as frames of an
 * agent's connection. Of a WebSocket's work for each message, which is as much
 * as all else that a task's frames cost the bridge, this does none.
 */
export class FramedWire implements IWire {
  /**
   * Takes over a connection whose client has asked for it, and says so.
   * @param head what has come behind the request
   */
  static upgrade(stream: Duplex, head: Buffer): FramedWire {
    if (head.length > 0) {
      stream.unshift(head);
    }
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${FRAMES}\r\n\r\n`
    );
    return new FramedWire(stream);
  }

  private constructor(private readonly _stream: Duplex) {
    this._corked = new Corked(_stream);
  }

  readonly carriesFrames = true;

  get isOpen(): boolean {
    return !this._stream.destroyed && !this._stream.writableEnded;
  }

  get waitingBytes(): number {
    return this._stream.writableLength;
  }

  listen(listener: IWireListener): void {
    const stream = this._stream;
    const decoder = new FrameDecoder(LIMITS.clientMessageBytes);
    stream
      .on('data', (bytes: Buffer) => {
        try {
          for (const { kind, content } of decoder.push(bytes)) {
            if (!this.isOpen) {
              return;
            }
            this._hear(listener, kind, content);
          }
        } catch (error) {
          listener.failed(error instanceof Error ? error : new Error(String(error)));
          stream.destroy();
        }
      })
      .on('drain', () => listener.drained())
      .on('end', () => stream.end())
      .on('close', () => listener.closed())
      .on('error', error => listener.failed(error));
  }

  text(text: string): void {
    this._write(FrameKind.json, text);
  }

  frame(frame: Uint8Array): void {
    this._write(FrameKind.stream, frame);
  }

  ping(): void {
    this._write(HomeFrame.ping, '');
  }

  end(): void {
    this._stream.end();
  }

  cut(): void {
    this._stream.destroy();
  }

  private _hear(listener: IWireListener, kind: number, content: Buffer): void {
    switch (kind) {
      case FrameKind.stream:
        listener.frame(content);
        return;
      case FrameKind.json:
        listener.text(content.toString('utf8'));
        return;
      case HomeFrame.pong:
        listener.pong();
        return;
      default:
        throw new Error(`a frame of kind ${kind}`);
    }
  }

  private _write(kind: FrameKind | HomeFrame, content: Uint8Array | string): void {
    this._corked.write(encodeFrame(kind, content));
  }

  private readonly _corked: Corked;
}
