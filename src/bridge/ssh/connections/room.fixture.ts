import {
  HostConnection,
  PoolName,
  Profile,
  TIMES,
  type Change,
  type ErrorCode,
  type Login
} from '../../../protocol';
import { PilothouseError } from '../../errors';
import { targetOf } from '../../hosts';
import { ManualClock } from '../../manualClock.fixture';
import type { IClient } from '../../tokens';
import type { ILoginAudience, ITransport, SshTarget } from '../tokens';
import { Connections } from '.';
import { KEY, PlayedLogins, ShellTransport } from './transport.fixture';

export const ALICE: SshTarget = {
  address: 'ap40',
  user: 'alice',
  jumpHosts: [],
  transport: 'ssh2'
};
export const CLIENT = {} as IClient;
export const PASSWORD = 'correct horse';
export const CODE = '314159';

/** A turn of everything that is under way. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Connections of four places, as a test looks at them. */
export class Room {
  constructor() {
    const profile = (name: string, more: object): Profile =>
      Profile.parse({
        name,
        scheduler: { kind: 'slurm' },
        submitHost: { address: 'ap40', ...more }
      });
    this._profiles = new Map(
      [
        profile('one', { user: 'alice' }),
        profile('two', { user: 'alice', folder: '/other' }),
        profile('bob', { user: 'bob' }),
        profile('here', { address: 'localhost' })
      ].map(each => [each.name as string, each])
    );
    this.connections = new Connections(
      {
        clock: this.clock,
        log: {
          info: (...said) => void this.logged.push(said),
          warn: (...said) => void this.logged.push(said),
          error: (...said) => void this.logged.push(said)
        },
        folders: { state: '/s', runtime: '/r' },
        machine: 'test',
        times: TIMES,
        changes: { put: change => void this.changes.push(change), late: () => undefined }
      },
      {
        profiles: {
          get: name => {
            const found = this._profiles.get(name);
            if (found === undefined) {
              throw new PilothouseError({ code: 'unknown_profile', params: { name } });
            }
            return found;
          }
        },
        open: { ssh2: this.logins.open },
        targetOf: submitHost => targetOf(submitHost, 'test')
      }
    );
    this.place('one', 'two', 'bob');
  }

  readonly clock = new ManualClock();
  readonly logins = new PlayedLogins();
  readonly changes: Change[] = [];
  readonly logged: unknown[] = [];
  readonly connections: Connections;

  get handlers(): Connections['handlers'] {
    return this.connections.handlers;
  }

  place(...names: string[]): void {
    this.connections.setPlaces(
      new Map(
        names.map(name => {
          const { submitHost } = this._profiles.get(name) ?? Profile.parse({ name });
          const target = targetOf(submitHost, 'test');
          return [PoolName.parse(name), target === null ? [] : [target]];
        })
      )
    );
  }

  async login(pool = 'one'): Promise<void> {
    await this.handlers['hosts.login']({ pool }, CLIENT);
    await turn();
  }

  view(host = 'alice@ap40'): HostConnection {
    const last = this.changes
      .filter(change => change.kind === 'host')
      .map(({ value }) => value)
      .filter(value => value.host === host)
      .at(-1);
    return HostConnection.parse(last);
  }

  /** The connection to alice's account. */
  get alice(): ShellTransport {
    return this.connections.of(ALICE).transport as ShellTransport;
  }

  get asked(): Login {
    const { login } = this.view();
    if (login === null) {
      throw new Error('nobody logs in');
    }
    return login;
  }

  async answer(...answers: string[]): Promise<void> {
    const { login, question } = this.asked;
    const round = question.kind === 'prompts' ? question.round : 0;
    await this.handlers['logins.answer']({ login, round, answers }, CLIENT);
    await turn();
  }

  /** The code of what a call is refused with. */
  async refusal(call: () => unknown): Promise<ErrorCode | null> {
    try {
      await call();
    } catch (error) {
      return error instanceof PilothouseError ? error.code : null;
    }
    return null;
  }

  private readonly _profiles: ReadonlyMap<string, Profile>;
}

/** A login as password and second factor make it. */
export async function twoFactors(audience: ILoginAudience): Promise<ITransport> {
  audience.at({ address: 'ap40', port: 22, user: 'alice', number: 1, of: 1 });
  if (!(await audience.trust(KEY, '/known_hosts'))) {
    throw new Error('it was not trusted');
  }
  audience.key(KEY);
  audience.banner('Authorized use only\n');
  for (let again = false; ; again = true) {
    const [password] = await audience.ask(round('Password: ', again));
    const [code] = await audience.ask(round('Verification code: ', false));
    if (password === PASSWORD && code === CODE) {
      return new ShellTransport({ neededPerson: true });
    }
  }
}

const round = (text: string, again: boolean) => ({
  method: 'keyboard-interactive' as const,
  name: '',
  instructions: 'See https://example.org/device',
  prompts: [{ text, echo: false }],
  again
});
export const byKeys = () => Promise.resolve(new ShellTransport());
export const refused = () =>
  Promise.reject(new PilothouseError({ code: 'login_refused', params: { host: 'ap40' } }));
export const unreachable = () =>
  Promise.reject(
    new PilothouseError({
      code: 'host_unreachable',
      params: { address: 'ap40', answered: false }
    })
  );
