import type { Client } from 'ssh2';

/** What a machine says during a login and ssh2 does not pass on. */
export interface IAuthListener {
  /** What may come next; `partial`: the last one was right, and is not enough. */
  failure(methodsLeft: readonly string[], partial: boolean): void;
  /** A round of keyboard-interactive that asks nothing (RFC 4256, 3.3): PAM's messages. */
  told(text: string): void;
  /** A new password is wanted (RFC 4252, 8). */
  changeWanted(prompt: string, change: (old: string, fresh: string) => void): void;
  /** It ends the connection, with its words. */
  goodbye(words: string): void;
}

interface IProtocol {
  authPassword(user: string, old: string, fresh: string): void;
}
interface IHandlers {
  USERAUTH_FAILURE(of: IProtocol, methods: string[], partial: boolean): void;
  USERAUTH_INFO_REQUEST(
    of: IProtocol,
    name: string,
    instructions: string,
    prompts: readonly unknown[] | undefined
  ): void;
  USERAUTH_PASSWD_CHANGEREQ(of: IProtocol, prompt: string): void;
  DISCONNECT(of: IProtocol, reason: number, words: string): void;
}
const NAMES = [
  'USERAUTH_FAILURE',
  'USERAUTH_INFO_REQUEST',
  'USERAUTH_PASSWD_CHANGEREQ',
  'DISCONNECT'
] as const;

/**
 * Listens to a client that is connecting. ssh2 1.17 drops these: after a key
 * of an agent it does not say whether that was a partial success, the text of
 * a round without prompts goes nowhere, a password change is sent with the
 * wrong old password, and words of a goodbye are kept only for some reasons.
 * Its handlers have no public name; a test says so should they change.
 *
 * @throws Error where this ssh2 has no such handlers
 */
export function onAuthMessages(client: Client, user: string, listener: IAuthListener): void {
  const handlers = (client as unknown as { _protocol?: { _handlers?: Partial<IHandlers> } })
    ._protocol?._handlers;
  if (handlers === undefined || !hasAll(handlers)) {
    throw new Error('this version of ssh2 handles the messages of a login in another way');
  }
  const inner = { ...handlers };
  handlers.USERAUTH_FAILURE = (of, methods, partial) => {
    listener.failure(methods, partial);
    inner.USERAUTH_FAILURE(of, methods, partial);
  };
  handlers.USERAUTH_INFO_REQUEST = (of, name, instructions, prompts) => {
    if ((prompts ?? []).length === 0) {
      listener.told([name, instructions].filter(text => text !== '').join('\n'));
    }
    inner.USERAUTH_INFO_REQUEST(of, name, instructions, prompts);
  };
  handlers.USERAUTH_PASSWD_CHANGEREQ = (of, prompt) =>
    listener.changeWanted(prompt, (old, fresh) => of.authPassword(user, old, fresh));
  handlers.DISCONNECT = (of, reason, words) => {
    listener.goodbye(words);
    inner.DISCONNECT(of, reason, words);
  };
}

const hasAll = (handlers: Partial<IHandlers>): handlers is IHandlers =>
  NAMES.every(name => typeof handlers[name] === 'function');
