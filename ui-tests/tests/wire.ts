import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A way to a port of this machine that can be cut. */
export class Wire {
  static async to(address: string, port: number): Promise<Wire> {
    const wire = new Wire(address, port);
    wire._server.listen(0, '127.0.0.1');
    await once(wire._server, 'listening');
    return wire;
  }

  private constructor(address: string, port: number) {
    this._server = createServer(near => {
      const far = connect(port, address);
      for (const [one, other] of [
        [near, far],
        [far, near]
      ]) {
        this._sockets.add(one);
        one.pipe(other);
        // What breaks is what the test is about.
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this._sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  /** Where it begins. */
  get port(): number {
    return (this._server.address() as AddressInfo).port;
  }

  /** Breaks what goes over it now; it can be used again at once. */
  cut(): void {
    this._sockets.forEach(socket => socket.resetAndDestroy());
  }

  async close(): Promise<void> {
    this.cut();
    this._server.close();
    await once(this._server, 'close');
  }

  private readonly _server: Server;
  private readonly _sockets = new Set<Socket>();
}
