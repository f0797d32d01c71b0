import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Profile, TIMES, type Change, type HostConnection } from '../../../protocol';
import { systemClock } from '../../clock';
import { targetOf } from '../../hosts';
import { RemoteHost } from '../../hosts/remote';
import { until } from '../../until.fixture';
import { ssh2Opener } from '../ssh2';
import { TestbedFaces } from '../testbedFaces.fixture';
import { SSH_TIMES } from '../times';
import { CLIENT } from './room.fixture';
import { Connections } from '.';

jest.setTimeout(120_000);

let faces: TestbedFaces;
let home: string;
let connections: Connections;
const changes: Change[] = [];
const logged: unknown[] = [];

beforeAll(async () => {
  faces = await TestbedFaces.share('ssh');
  home = mkdtempSync(join(tmpdir(), 'ph-'));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  const configFile = join(home, '.ssh', 'config');
  const known = join(home, '.ssh', 'known_hosts');
  writeFileSync(configFile, `UserKnownHostsFile ${known}\nGlobalKnownHostsFile none\n`);
  const { address, port } = faces.face('totp');
  const profile = Profile.parse({
    name: 'site',
    scheduler: { kind: 'slurm' },
    submitHost: { address, port, user: faces.all.user }
  });
  const note = (...said: unknown[]): void => void logged.push(said);
  const context = {
    ...{ clock: systemClock, machine: 'here', times: TIMES },
    log: { info: note, warn: note, error: note },
    folders: { state: join(home, 'state'), runtime: join(home, 'run') },
    changes: { put: (change: Change) => void changes.push(change), late: () => undefined }
  };
  const around = {
    home,
    user: 'root',
    environment: { PATH: process.env.PATH },
    ssh: 'ssh',
    configFile
  };
  connections = new Connections(context, {
    profiles: { get: () => profile },
    open: { ssh2: ssh2Opener(() => around, SSH_TIMES) },
    targetOf
  });
  target = targetOf(profile.submitHost)!;
  host = new RemoteHost(context, connections.of(target));
}, 900_000);
afterAll(async () => {
  connections.dispose();
  rmSync(home, { recursive: true, force: true });
  await faces.leave();
});
let target: NonNullable<ReturnType<typeof targetOf>>;
let host: RemoteHost;

const view = (): HostConnection => connections.of(target).view;
/** The round of prompts that is asked now, if any. */
const round = (): number => {
  const question = view().login?.question;
  return question?.kind === 'prompts' ? question.round : 0;
};
const answer = async (number: number, text: string): Promise<void> => {
  await until(`round ${number}`, () => round() === number);
  const login = view().login!.login;
  await connections.handlers['logins.answer']({ login, round: number, answers: [text] }, CLIENT);
};

it('a person logs in to a machine that asks for a password and a code, and works there', async () => {
  await connections.handlers['hosts.login']({ pool: 'site' }, CLIENT);
  await until('its key is shown', () => view().login?.question.kind === 'machine-key');
  const { login, question } = view().login!;
  const fingerprint = question.kind === 'machine-key' ? question.key.fingerprint : '';
  expect(faces.face('totp').fingerprints).toContain(fingerprint);
  await connections.handlers['logins.trust']({ login, fingerprint }, CLIENT);
  await answer(1, faces.secrets.password);
  await answer(2, faces.code());
  await until('somebody is in', () => view().state === 'connected');
  expect(view()).toMatchObject({ returnsByItself: false, methods: ['keyboard-interactive'] });
  const said = await host.run({ argv: ['id', '-un'], timeoutMs: 30_000 });
  expect(said.stdout).toBe(`${faces.all.user}\n`);
  const folder = await host.folder(undefined);
  expect(folder).toMatch(/\/\.pilothouse\/here$/);
  await host.remove([folder]);

  expect(JSON.stringify([changes, logged])).not.toContain(faces.secrets.password);
  await connections.handlers['hosts.logout']({ host: view().host }, CLIENT);
  expect([view().state, host.connected]).toEqual(['away', false]);
});
