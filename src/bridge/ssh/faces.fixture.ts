import { readFileSync } from 'node:fs';
import { type Answers, Person, type TransportOpener } from './login.fixture';
import { says } from './ssh2/channels.fixture';
import { TestbedFaces } from './testbedFaces.fixture';
import type { ITransport, SshTarget } from './tokens';

type Where = Partial<SshTarget> & { readonly address: string; readonly port: number };

/**
 * The faces of the testbed's submit host, and people who log in there by a
 * transport; all that a test opens ends with it.
 */
export class FacesRoom {
  /**
   * Within a spec's file: sets up before its tests, and cleans up behind each.
   * @param how `take`: for this file alone
   */
  constructor(
    private readonly _opener: TransportOpener,
    how: 'take' | 'share',
    site: 'ssh' | 'ssh-kerberos' = 'ssh'
  ) {
    beforeAll(async () => {
      this._faces = await TestbedFaces[how](site);
    }, 300_000);
    afterAll(() => this._faces?.leave());
    afterEach(() => this.stops.splice(0).forEach(stop => stop()));
  }

  readonly stops: (() => void)[] = [];

  get faces(): TestbedFaces {
    if (this._faces === null) {
      throw new Error('there are none before the tests');
    }
    return this._faces;
  }

  /** Somebody who knows all of them, and has no key of their own. */
  readonly person = (answers?: Answers): Person => {
    const made = new Person(answers).knows(readFileSync(this.faces.all.knownHosts, 'utf8'));
    made.opener = this._opener;
    made.config('IdentityFile none');
    this.stops.push(() => made.leave());
    return made;
  };

  readonly at = (name: string, more: Partial<SshTarget> = {}): Where => ({
    address: this.faces.face(name).address,
    port: this.faces.face(name).port,
    user: this.faces.all.user,
    ...more
  });

  readonly withKey = (name: string, more: Partial<SshTarget> = {}): Where =>
    this.at(name, { keyFile: this.faces.all.key, ...more });

  /** Logs in, and looks whether they are in. */
  readonly opened = async (who: Person, target: Where): Promise<ITransport> => {
    const transport = await who.open(target);
    this.stops.push(() => transport.dispose());
    expect(await says(transport, 'echo in')).toBe('in\n');
    return transport;
  };

  /** Answers by what is asked for. */
  readonly right: Answers = ({ prompts }) =>
    prompts.map(({ text }) =>
      /verification code/i.test(text)
        ? this.faces.code()
        : /password/i.test(text)
          ? this.faces.secrets.password
          : /passcode or option/i.test(text)
            ? '1'
            : ''
    );

  private _faces: TestbedFaces | null = null;
}
