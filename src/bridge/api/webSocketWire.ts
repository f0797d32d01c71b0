import type { WebSocket } from 'ws';
import type { IWire, IWireListener } from './wire';

/** Most clients' messages: texts alone. */
export class WebSocketWire implements IWire {
  constructor(private readonly _socket: WebSocket) {}

  readonly carriesFrames = false;

  get isOpen(): boolean {
    return this._socket.readyState === this._socket.OPEN;
  }

  get waitingBytes(): number {
    return this._socket.bufferedAmount;
  }

  listen(listener: IWireListener): void {
    this._socket
      .on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) {
          listener.frame(data);
        } else {
          listener.text(data.toString('utf8'));
        }
      })
      .on('pong', () => listener.pong())
      .on('close', () => listener.closed())
      .on('error', error => listener.failed(error));
  }

  text(text: string): void {
    this._socket.send(text);
  }

  frame(): void {
    throw new Error('no binary message goes by a WebSocket');
  }

  ping(): void {
    this._socket.ping();
  }

  end(code: number, reason: string): void {
    this._socket.close(code, reason);
  }

  cut(): void {
    this._socket.terminate();
  }
}
