import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { quoteForShell } from '../../schedulers/quote';
import type { IDisposable } from '../../tokens';
import { HOP_VARIABLE } from './commandLine';

/**
 * How ssh's questions come here: ssh(1) runs the program of `SSH_ASKPASS` for
 * each, which hands it to a socket in a folder of the user's alone, and prints
 * what comes back. Answers are in no file, argument or environment.
 */

/** What ssh asks by one run of the program. */
const Question = z.object({
  text: z.string(),
  /** `SSH_ASKPASS_PROMPT` (ssh(1)): `confirm` for yes or no; `none`: nothing to answer, until it is ended. */
  hint: z.string(),
  /** The machine of the way at which it is asked, from 0; null: that is not known. */
  hop: z.int().min(0).nullable()
});
export type Question = z.infer<typeof Question>;

/** What is answered; null: nothing, and ssh is ended. */
export type Asked = (question: Question) => Promise<string | null>;

/** ssh reads no more of an answer (readpass.c, ssh_askpass). */
export const MOST_ANSWER_BYTES = 1022;
const MOST_QUESTION_BYTES = 64 * 1024;

/**
 * Without an answer ssh would take the empty one for it and try that, so that
 * the program ends ssh, whose child it is, before itself: also where the
 * bridge has died over the question.
 */
const PROGRAM = `
const [socket, text = ''] = process.argv.slice(1);
const hint = process.env.SSH_ASKPASS_PROMPT || '';
const hop = /^\\d+$/.test(process.env.${HOP_VARIABLE}) ? Number(process.env.${HOP_VARIABLE}) : null;
let got = '';
const end = () => {
  if (got.startsWith('=') && got.endsWith('\\n')) {
    process.stdout.write(got.slice(1), () => process.exit(0));
    return;
  }
  if (hint !== 'none' && process.ppid > 1) {
    process.kill(process.ppid, 'SIGKILL');
  }
  process.exit(1);
};
const connection = require('node:net').connect(socket, () =>
  connection.write(JSON.stringify({ text, hint, hop }) + '\\n')
);
connection.setEncoding('utf8');
connection.on('data', piece => (got += piece));
connection.on('error', () => undefined);
connection.on('close', end);
`;

/** The door for the questions of one login. */
export class AskpassDoor implements IDisposable {
  /** @throws Error where the folder cannot be written to */
  static async open(folder: string, node: string, asked: Asked): Promise<AskpassDoor> {
    const socket = join(folder, 'q');
    const program = join(folder, 'askpass');
    const words = [node, '-e', PROGRAM, socket].map(quoteForShell).join(' ');
    // What is meant for ssh's own programs is none of node's.
    const script = `#!/bin/sh\nunset NODE_OPTIONS\nexec ${words} "$1"\n`;
    await writeFile(program, script, { mode: 0o700, flag: 'wx' });
    const door = new AskpassDoor(program, asked);
    await new Promise<void>((resolve, reject) => {
      door._server.once('error', reject);
      door._server.listen(socket, resolve);
    });
    return door;
  }

  private constructor(
    readonly program: string,
    private readonly _asked: Asked
  ) {
    this._server = createServer(connection => this._came(connection));
  }

  /** Whoever still waits gets no answer. */
  dispose(): void {
    this._server.close();
    for (const connection of this._open) {
      connection.destroy();
    }
  }

  private _came(connection: Socket): void {
    this._open.add(connection);
    connection.on('close', () => this._open.delete(connection));
    connection.on('error', () => undefined);
    connection.setEncoding('utf8');
    let got = '';
    const hear = (piece: string): void => {
      got += piece;
      if (got.endsWith('\n')) {
        connection.off('data', hear);
        void this._answer(connection, got);
      } else if (got.length > MOST_QUESTION_BYTES) {
        connection.destroy();
      }
    };
    connection.on('data', hear);
  }

  private async _answer(connection: Socket, line: string): Promise<void> {
    try {
      const answer = await this._asked(Question.parse(JSON.parse(line)));
      if (answer !== null && !/[\r\n]/.test(answer)) {
        connection.end(`=${answer}\n`);
        return;
      }
    } catch {
      // Whoever asks was told why already; here there is no answer, which ends ssh.
    }
    connection.destroy();
  }

  private readonly _server: Server;
  private readonly _open = new Set<Socket>();
}
