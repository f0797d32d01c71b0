import type { Duplex, Readable, Writable } from 'node:stream';
import type { Hop, HostConnection, MachineKey, Prompt, SubmitHost } from '../../protocol';
import type { PilothouseError } from '../errors';
import type { IBridgeContext, IDisposable } from '../tokens';

/** One program on the other machine, or a shell that runs one. */
export interface IChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once, also where the connection broke: then both are null. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
  close(): void;
}

/** What a connection from the other machine can be made to, or listen at. */
export type Endpoint =
  { readonly host: string; readonly port: number } | { readonly socket: string };

/** Somebody dials a port that was opened on the other machine. */
export interface IRemotePort extends IDisposable {
  /** That it got, where any was asked for. */
  readonly port: number;
}

/** A connection to a submit host that is logged in: everything of that host goes over it. */
export interface ITransport extends IDisposable {
  readonly kind: HostConnection['transport'];
  readonly key: MachineKey;
  /** What let the user in, in order. */
  readonly methods: readonly string[];
  /** Whether a person answered anything but the machine's key: then nothing logs in again without one. */
  readonly neededPerson: boolean;
  /**
   * Runs a line by the user's login shell there, whichever that is: it must mean
   * the same to all of them (`shellLine` in line.ts makes such lines).
   * @throws PilothouseError channel_refused, host_lost
   */
  exec(line: string): Promise<IChannel>;
  /** Connects from the other machine. @throws PilothouseError channel_refused, host_lost */
  dial(to: Endpoint): Promise<Duplex>;
  /**
   * Listens on the other machine; port 0: any.
   * @throws PilothouseError channel_refused where it allows no such thing, host_lost
   */
  listen(
    at: { readonly host: string; readonly port: number },
    accept: (connection: Duplex) => void
  ): Promise<IRemotePort>;
  readonly channels: { readonly open: number; readonly most: number };
  /** Called once when it has broken, not when it was disposed of. */
  onLost(call: (why: PilothouseError) => void): IDisposable;
  onChannels(call: () => void): IDisposable;
}

/** The machine that a login is at just now, and what its answers are for. */
export interface IPromptRound {
  readonly method: 'password' | 'keyboard-interactive' | 'passphrase';
  readonly name: string;
  readonly instructions: string;
  readonly prompts: readonly Prompt[];
  /** What was answered before was refused. */
  readonly again: boolean;
}

/** Who answers what a login asks: a person, in the end. */
export interface ILoginAudience {
  /** A machine is dialled; called for each hop, before anything else of it. */
  at(hop: Hop): void;
  /** It has shown a key that is known, or was just accepted. */
  key(key: MachineKey): void;
  /** What it says to everybody, before anybody is in. */
  banner(text: string): void;
  /** Whether to accept and remember a new key. Rejects when the login is cancelled. */
  trust(key: MachineKey, file: string): Promise<boolean>;
  /** One answer for each prompt. Rejects when the login is cancelled. */
  ask(round: IPromptRound): Promise<readonly string[]>;
}

/** What is opened: a profile's submit host, not this machine. */
export type SshTarget = Pick<
  SubmitHost,
  'user' | 'port' | 'jumpHosts' | 'transport' | 'keyFile'
> & { readonly address: string };

/**
 * Logs in, once, asking whatever is asked. It never tries a second time by
 * itself; `signal` ends it at any point.
 *
 * `persons`: whether anybody is there to be asked; if not, what cannot be done
 * by keys and agents alone fails with `login_needed`.
 *
 * @throws PilothouseError login_refused, login_not_allowed, ticket_needed, login_cancelled,
 *   login_timeout, login_needed, machine_key_changed, machine_key_revoked,
 *   transport_unfit, host_unreachable
 */
export type OpenTransport = (
  context: Pick<IBridgeContext, 'clock' | 'log' | 'folders' | 'machine'>,
  target: SshTarget,
  options: {
    readonly audience: ILoginAudience;
    readonly persons: boolean;
    readonly signal: AbortSignal;
  }
) => Promise<ITransport>;
