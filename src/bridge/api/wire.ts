/** Who hears what a client says. */
export interface IWireListener {
  text(text: string): void;
  /** A binary message. */
  frame(frame: Buffer): void;
  /** The client has answered a ping. */
  pong(): void;
  /** What waited has been sent, after there was too much. */
  drained(): void;
  /** It is closed; the last call. */
  closed(): void;
  /** What broke it, with the words of whatever noticed; it closes by itself. */
  failed(error: Error): void;
}

/** What carries the messages of one client: a WebSocket, or frames (protocol/tunnel.ts). */
export interface IWire {
  /** Whether binary messages go by it. */
  readonly carriesFrames: boolean;
  readonly isOpen: boolean;
  /** Bytes that were sent and have not left. */
  readonly waitingBytes: number;
  /** Once, before anything else. */
  listen(listener: IWireListener): void;
  text(text: string): void;
  frame(frame: Uint8Array): void;
  ping(): void;
  /** Closes in order, after what has been sent. */
  end(code: number, reason: string): void;
  /** Closes it now. */
  cut(): void;
}
