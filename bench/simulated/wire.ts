import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { FrameKind, HomeFrame, LIMITS } from '../../src/protocol';
import { FRAMES } from '../../src/bridge/api/framedWire';
import { encodeFrame, FrameDecoder } from '../../src/bridge/tunnels/frames';

/** A connection to the bridge's socket: messages, and a home's frames beside them. */
export interface IWire {
  onMessage: (text: string) => void;
  onFrame: (frame: Buffer) => void;
  sendMessage(text: string): void;
  sendFrame(frame: Buffer): void;
  close(): void;
}

const unheard = (): void => undefined;
const socketOf = (runtime: string): string => join(runtime, 'bridge.sock');
const headersOf = (runtime: string): { authorization: string } => ({
  authorization: `Bearer ${readFileSync(join(runtime, 'secret'), 'utf8').trim()}`
});

/** As kernels have it. */
export async function webSocketWire(runtime: string): Promise<IWire> {
  const headers = headersOf(runtime);
  const socket = new WebSocket(`ws+unix:${socketOf(runtime)}:/`, {
    headers,
    perMessageDeflate: false
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve()).once('error', reject);
  });
  const wire: IWire = {
    ...{ onMessage: unheard, onFrame: unheard },
    sendMessage: text => socket.send(text),
    sendFrame: () => {
      throw new Error('a websocket carries no frames');
    },
    close: () => socket.terminate()
  };
  socket.on('message', (data: Buffer) => wire.onMessage(data.toString()));
  return wire;
}

/** As homes have it. */
export async function framedWire(runtime: string): Promise<IWire> {
  const headers = { ...headersOf(runtime), connection: 'Upgrade', upgrade: FRAMES };
  const socket = await new Promise<Socket>((resolve, reject) => {
    request({ socketPath: socketOf(runtime), headers })
      .once('upgrade', (_, upgraded: Socket) => resolve(upgraded))
      .once('error', reject)
      .end();
  });
  const decoder = new FrameDecoder(LIMITS.bridgeMessageBytes);
  const wire: IWire = {
    ...{ onMessage: unheard, onFrame: unheard },
    sendMessage: text => socket.write(encodeFrame(FrameKind.json, text)),
    sendFrame: frame => socket.write(encodeFrame(FrameKind.stream, frame)),
    close: () => socket.destroy()
  };
  socket.on('data', (bytes: Buffer) => {
    for (const { kind, content } of decoder.push(bytes)) {
      if (kind === FrameKind.stream) {
        wire.onFrame(Buffer.from(content));
      } else if (kind === FrameKind.json) {
        wire.onMessage(content.toString());
      } else if (kind === HomeFrame.ping) {
        socket.write(encodeFrame(HomeFrame.pong, Buffer.alloc(0)));
      }
    }
  });
  return wire;
}
