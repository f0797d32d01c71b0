import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilothouseError } from '../errors';
import { RotatingFile } from './file';
import { Log, LOG_TEXT_CHARS } from '.';

describe('the log', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ph-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const path = (): string => join(home, 'bridge.log');
  const lines = (name = path()): Record<string, unknown>[] =>
    readFileSync(name, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);

  it('is JSON, a line each, with what failed and why', () => {
    const log = new Log({ now: () => 0 }, new RotatingFile(path()));
    log.info('began', { pid: 7 });
    log.error(
      'failed',
      new PilothouseError({ code: 'submit_failed', params: { pool: 'x' }, words: 'no\nway' }),
      { pool: 'x' }
    );
    log.error('failed', 'just words');
    log.dispose();
    expect(lines()).toMatchObject([
      { time: '1970-01-01T00:00:00.000Z', level: 'info', event: 'began', pid: 7 },
      { level: 'error', event: 'failed', pool: 'x', data: { code: 'submit_failed' } },
      { error: 'just words' }
    ]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('keeps out what is called a secret, and cuts what is long', () => {
    const log = new Log({ now: () => 0 }, new RotatingFile(path()));
    log.info('x', { secret: 's3cret', of: { clientSecretKey: 's3cret', curve: ['s3cret'] } });
    log.info('x', { words: 'y'.repeat(LOG_TEXT_CHARS * 2) });
    log.dispose();
    const text = readFileSync(path(), 'utf8');
    expect(text).not.toContain('s3cret');
    expect(text.length).toBeLessThan(LOG_TEXT_CHARS + 500);
  });

  it('sets itself aside when full, keeps three files and loses no line between', () => {
    const file = new RotatingFile(path(), 100);
    for (let n = 10; n < 60; n++) {
      file.write(`{"n":${n}}\n`);
    }
    file.dispose();
    expect(readdirSync(home).sort()).toEqual(['bridge.log', 'bridge.log.1', 'bridge.log.2']);
    const kept = [`${path()}.2`, `${path()}.1`, path()].flatMap(name => lines(name));
    const numbers = kept.map(({ n }) => n as number);
    expect(numbers).toEqual(numbers.map((_, at) => 60 - numbers.length + at));
    expect(readdirSync(home).every(name => statSync(join(home, name)).size <= 100)).toBe(true);
  });

  it('outlives a full disk, and says how much is missing', () => {
    const written: string[] = [];
    let full = true;
    const log = new Log(
      { now: () => 0 },
      {
        path: '',
        dispose: () => undefined,
        write: text => {
          if (full) {
            throw new Error('ENOSPC');
          }
          written.push((JSON.parse(text) as { event: string }).event);
        }
      }
    );
    log.info('one');
    log.info('two');
    full = false;
    log.info('three');
    expect(written).toEqual(['log_lost', 'three']);
  });

  it('goes on in the file that a bridge before it wrote', () => {
    new RotatingFile(path(), 100).write(`{"n":"${'x'.repeat(80)}"}\n`);
    const file = new RotatingFile(path(), 100);
    file.write('{"n":"a second of some length"}\n');
    file.dispose();
    expect(lines()).toHaveLength(1);
    expect(lines(`${path()}.1`)).toHaveLength(1);
  });
});
