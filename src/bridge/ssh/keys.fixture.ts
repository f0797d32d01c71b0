import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answers, Person, type TransportOpener } from './login.fixture';
import { type ISshd, startSshd } from './sshd.fixture';
import type { ITransport } from './tokens';

/** What a spec about keys is set up with. */
export interface IKeysGiven {
  readonly opener: TransportOpener;
  /** Makes keys at these paths. @returns those that let their owner in */
  readonly makeKeys: (path: (name: string) => string) => readonly string[];
  /** Of sshd_config(5). */
  readonly lines?: (path: (name: string) => string) => readonly string[];
  readonly keyTypes?: readonly string[];
}

/**
 * A real sshd, a folder of keys for it, and people who log in there by a
 * transport; all that a test opens ends with it.
 */
export class KeysRoom {
  /** Within a spec's file: sets up before its tests, and cleans up behind each. */
  constructor(private readonly _given: IKeysGiven) {
    beforeAll(async () => {
      const publicKeys = _given.makeKeys(this.key);
      this._sshd = await startSshd(publicKeys, _given.lines?.(this.key), _given.keyTypes);
    });
    afterAll(async () => {
      await this._sshd?.stop();
      rmSync(this.folder, { recursive: true });
    });
    afterEach(async () => {
      for (const stop of this.stops.splice(0).reverse()) {
        await stop();
      }
    });
  }

  readonly folder = mkdtempSync(join(tmpdir(), 'ph-keys-'));
  /** What a test leaves to be ended, the last first. */
  readonly stops: (() => void | Promise<void>)[] = [];

  /** Where a key is, by its name. */
  readonly key = (name: string): string => join(this.folder, name);

  get sshd(): ISshd {
    if (this._sshd === null) {
      throw new Error('there is none before the tests');
    }
    return this._sshd;
  }

  /** Somebody who knows the machine. */
  readonly person = (answers?: Answers): Person => {
    const made = new Person(answers).knows(this.sshd.knownLine);
    made.opener = this._given.opener;
    this.stops.push(() => made.leave());
    return made;
  };

  readonly opened = async (
    who: Person,
    target: Parameters<Person['open']>[0]
  ): Promise<ITransport> => {
    const transport = await who.open(target);
    this.stops.push(() => transport.dispose());
    return transport;
  };

  private _sshd: ISshd | null = null;
}
