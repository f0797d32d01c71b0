import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asked, AskpassDoor, type Question } from './askpass';

let folder: string;
let door: AskpassDoor | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ph-ask-'));
});
afterEach(() => {
  door?.dispose();
  rmSync(folder, { recursive: true });
});

/** What a program that asks as ssh does gets, and by what it ended. */
const asking = async (
  text: string,
  asked: Asked,
  hint?: string
): Promise<{ answer: string; signal: string | null }> => {
  const opened = await AskpassDoor.open(folder, process.execPath, asked);
  door = opened;
  const env = {
    ...process.env,
    NODE_OPTIONS: '--nonsense',
    SSH_ASKPASS_PROMPT: hint,
    PILOTHOUSE_SSH_HOP: '1'
  };
  const script = '"$0" "$1"; echo "code $?"';
  const ssh = spawn('/bin/sh', ['-c', script, opened.program, text], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  });
  let answer = '';
  ssh.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  return new Promise(resolve => ssh.once('close', (_, signal) => resolve({ answer, signal })));
};

it('a question comes whole, and its answer is printed', async () => {
  const asked: Question[] = [];
  const text = `-e "it's"\n$(x) \\ ä ${'x'.repeat(5000)}`;
  const got = await asking(
    text,
    question => {
      asked.push(question);
      return Promise.resolve('pass wörd = ');
    },
    'confirm'
  );
  expect(got).toEqual({ answer: 'pass wörd = \ncode 0\n', signal: null });
  expect(asked).toEqual([{ text, hint: 'confirm', hop: 1 }]);
  expect(statSync(join(folder, 'askpass')).mode & 0o077).toBe(0);
});

it('an empty answer is one', async () => {
  const got = await asking('Return: ', () => Promise.resolve(''));
  expect(got).toEqual({ answer: '\ncode 0\n', signal: null });
});

it.each<[string, Asked]>([
  ['nothing', () => Promise.resolve(null)],
  ['several lines', () => Promise.resolve('a\nb')],
  ['an error', () => Promise.reject(new Error('cancelled'))],
  [
    'a bridge that has gone',
    () => {
      door?.dispose();
      return new Promise(() => undefined);
    }
  ]
])('answered by %s, who asks is ended, and tries nothing', async (_, asked) => {
  expect(await asking('Password: ', asked)).toEqual({ answer: '', signal: 'SIGKILL' });
});

it('a notice that is over ends nobody', async () => {
  const got = await asking('Touch it', () => Promise.resolve(null), 'none');
  expect(got).toEqual({ answer: 'code 1\n', signal: null });
});
