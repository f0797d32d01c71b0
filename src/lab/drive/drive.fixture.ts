import { nullTranslator } from '@jupyterlab/translation';
import { ServerConnection } from '@jupyterlab/services';
import type { HostEntry, Params, Result } from '../../protocol';
import { PilothouseModel } from '../model';
import { RequestFailure } from '../request';
import { aHost, aPool, NOW_MS, settle, TestClock, TestDoor } from '../testing';
import { PilothouseDrive } from './drive';
import type { FileFailure } from './failure';

/** Where the files of most tests are. */
export const HOME = 'ospool/home/alice';

type Code = 'file_failed' | 'file_changed' | 'login_needed' | 'host_lost';

interface IFile {
  bytes: Uint8Array;
  modifiedAtMs: number;
  writable: boolean;
  /** Device and inode. */
  file: string;
}

/** A submit host whose files the bridge tells of and changes as the contract says. */
export class Submitting {
  constructor() {
    const answer = <M extends `files.${string}` & keyof Answers>(
      method: M,
      work: Answers[M]
    ): void =>
      void this.door.answers.set(method, params => {
        if (this.away !== null) {
          throw refusal(this.away, { host: 'h1' });
        }
        return work(params as never);
      });
    answer('files.stat', ({ path }) => {
      const at = path === '.' ? '/home/alice' : path;
      return { path: at, entry: this.entry(at) };
    });
    answer('files.list', ({ path }) => {
      if (!this.folders.has(path)) {
        throw refusal('file_failed', { path, problem: 'it is no folder' });
      }
      const inside = (one: string): boolean =>
        one !== path && one.slice(0, one.lastIndexOf('/')) === (path === '/' ? '' : path);
      const entries = [...this.folders, ...this.files.keys()]
        .filter(inside)
        .map(one => this._there(one));
      return { path, entries: [...entries, ...this.odd], more: this.more };
    });
    answer('files.read', ({ path, offset, bytes }) => {
      this.reading?.(path);
      const file = this.files.get(path);
      if (file === undefined) {
        throw refusal('file_failed', { path, problem: 'it is no file' });
      }
      const content = Buffer.from(file.bytes.subarray(offset, offset + bytes)).toString('base64');
      const { modifiedAtMs, file: which } = file;
      return { content, size: file.bytes.length, modifiedAtMs, file: which };
    });
    answer('files.write', params => this._write(params));
    answer('files.makeFolder', ({ path }) => {
      this.folders.add(path);
      return this._there(path);
    });
    answer('files.rename', ({ path, to }) => {
      const file = this.files.get(path);
      if (file === undefined) {
        throw refusal('file_failed', { path, problem: 'No such file or directory' });
      }
      this.files.set(to, file);
      this.files.delete(path);
      return this._there(to);
    });
    answer('files.remove', ({ path }) => {
      this.files.delete(path);
      return {};
    });
    this.door.snapshot({
      pools: [aPool(), aPool({ pool: 'ospool', scheduler: 'htcondor', host: 'h1' })],
      hosts: [aHost({ state: 'connected' })]
    });
  }

  readonly door = new TestDoor();
  readonly clock = new TestClock();
  readonly model = new PilothouseModel({ door: this.door, clock: this.clock });
  readonly drive = new PilothouseDrive({
    surroundings: {
      model: this.model,
      clock: this.clock,
      trans: nullTranslator.load('jupyterlab_pilothouse')
    },
    settings: () => ServerConnection.makeSettings({ baseUrl: 'http://localhost:8888/user/x/' }),
    mimeTypeOf: path => (path.endsWith('.png') ? 'image/png' : 'text/plain')
  });
  readonly files = new Map<string, IFile>();
  readonly folders = new Set(['/', '/home', '/home/alice']);
  /** What it lists beside them. */
  odd: HostEntry[] = [];
  more = false;
  /** Nobody can ask it. */
  away: Code | null = null;
  /** Called before a piece is read. */
  reading: ((path: string) => void) | null = null;
  /** Before a piece is written: so many bytes of it arrive, then the connection breaks. */
  cutAfter: number | null = null;
  /** Pieces of files that are not whole yet. */
  readonly parts = new Map<string, Uint8Array>();

  file(path: string, content: string | Uint8Array, changes: Partial<IFile> = {}): void {
    const bytes = typeof content === 'string' ? new Uint8Array(Buffer.from(content)) : content;
    this.files.set(path, { bytes, modifiedAtMs: NOW_MS, writable: true, file: '1:1', ...changes });
  }

  text(path: string): string | undefined {
    const file = this.files.get(path);
    return file && Buffer.from(file.bytes).toString('utf8');
  }

  entry(path: string): HostEntry | null {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const file = this.files.get(path);
    if (file !== undefined) {
      const { bytes, modifiedAtMs, writable } = file;
      return { name, kind: 'file', size: bytes.length, modifiedAtMs, writable };
    }
    return this.folders.has(path)
      ? { name, kind: 'folder', size: 4096, modifiedAtMs: NOW_MS, writable: true }
      : null;
  }

  /** What it was asked to do with files, in order. */
  get asked(): string[] {
    return this.door.asked.map(({ method }) => method).filter(method => method !== 'bridge.status');
  }

  /** The connection to it is now so. */
  now(state: 'connected' | 'lost' | 'away'): void {
    this.away = state === 'connected' ? null : 'login_needed';
    this.door.delta({ kind: 'host', value: aHost({ state }) });
  }

  async pass(ms: number): Promise<void> {
    await settle();
    this.clock.pass(ms);
    await settle();
  }

  leave(): void {
    this.drive.dispose();
    this.model.dispose();
    expect(this.clock.pending).toBe(0);
  }

  private _there(path: string): HostEntry {
    const entry = this.entry(path);
    if (entry === null) {
      throw refusal('file_failed', { path, problem: 'No such file or directory' });
    }
    return entry;
  }

  private _write(params: Params<'files.write'>): Result<'files.write'> {
    const { path, offset, last, expectedModifiedAtMs } = params;
    const there = this.files.get(path);
    if (
      expectedModifiedAtMs !== undefined &&
      expectedModifiedAtMs !== (there?.modifiedAtMs ?? null)
    ) {
      throw refusal('file_changed', { path });
    }
    const gathered = `${path} of ${params.sender}`;
    const part = this.parts.get(gathered) ?? new Uint8Array();
    if (offset > 0 && part.length !== offset) {
      return { received: part.length, entry: null };
    }
    const piece = Buffer.from(params.content, 'base64');
    const kept = offset === 0 ? new Uint8Array() : part;
    const arrived = this.cutAfter === null ? piece : piece.subarray(0, this.cutAfter);
    const bytes = new Uint8Array(Buffer.concat([kept, arrived]));
    this.parts.set(gathered, bytes);
    if (this.cutAfter !== null) {
      this.cutAfter = null;
      this.now('lost');
      throw refusal('host_lost', { host: 'h1' });
    }
    if (!last) {
      return { received: bytes.length, entry: null };
    }
    this.parts.delete(gathered);
    this.file(path, bytes, { modifiedAtMs: (there?.modifiedAtMs ?? NOW_MS) + 1000 });
    return { received: bytes.length, entry: this.entry(path) };
  }
}

/** How it is refused, and in which words. */
export async function refused(work: Promise<unknown>): Promise<[status: number, words: string]> {
  try {
    await work;
  } catch (error) {
    const { response, message } = error as FileFailure;
    expect(error).toBeInstanceOf(ServerConnection.ResponseError);
    return [response.status, message];
  }
  throw new Error('it was done');
}

type Answers = {
  [
    M in
      | 'files.stat'
      | 'files.list'
      | 'files.read'
      | 'files.write'
      | 'files.makeFolder'
      | 'files.rename'
      | 'files.remove'
  ]: (params: Params<M>) => Result<M>;
};

const refusal = (code: Code, params: Record<string, string>): RequestFailure =>
  new RequestFailure({ kind: 'bridge', error: { code, params } });
