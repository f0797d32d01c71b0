import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StandIn } from '../schedulers/standIn.fixture';
import { freePort } from '../ssh/sshd.fixture';
import { Relay } from '../tunnels/uplinks/relay.fixture';
import { until } from '../until.fixture';
import { PoolRoom } from './pools.fixture';

/** Pilots whose only way home is a relay that is not always there. */
let folder: string;
let secret: string;
let port: number;
let site: StandIn;
let room: PoolRoom;
let relay: Relay | null = null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ph-'));
  secret = join(folder, 'secret');
  writeFileSync(secret, `${'a1'.repeat(32)}\n`, { mode: 0o600 });
  port = await freePort();
  site = new StandIn();
});
afterEach(async () => {
  await room.dispose();
  await relay?.end();
  relay = null;
  rmSync(folder, { recursive: true });
});

const open = async (uplinkWaitMs?: number): Promise<void> => {
  room = await PoolRoom.open({
    standIn: site,
    uplink: { kinds: ['relay'], relay: `127.0.0.1:${port}`, relaySecretFile: secret },
    ...(uplinkWaitMs === undefined ? {} : { times: { uplinkWaitMs } })
  });
};
const start = async (): Promise<void> => {
  relay = new Relay(secret, port);
  await relay.port();
};
const uplink = () => room.pool().uplinks.at(0);

it('wait while it is away, saying so, and are submitted once it is back', async () => {
  await open();
  room.setWanted(2);
  await until('they wait', () => room.pilots().every(({ cause }) => cause === 'uplink_waits'));
  expect(room.pilots('requested')).toHaveLength(2);
  expect(room.pilots()[0].words).toMatch(
    /^No way home is open: 127\.0\.0\.1:\d+: .*ECONNREFUSED.* It is tried again by itself\.$/
  );
  expect(room.pool().stopped).toBeNull();
  expect(uplink()).toMatchObject({ kind: 'relay', machine: '127.0.0.1', port });
  expect(uplink()?.trouble).toMatchObject({ code: 'uplink_failed', params: { passing: true } });
  expect(site.calls).toEqual([]);
  await start();
  await until('two queued pilots', () => room.pilots('queued').length === 2, 30_000);
  expect(site.calls).toEqual([2]);
  expect(uplink()?.trouble).toBeNull();
}, 60_000);

it('show its loss while they live, and no way home once they are gone', async () => {
  await start();
  await open();
  room.setWanted(1);
  await until('a queued pilot', () => room.pilots('queued').length === 1);
  expect(uplink()?.trouble).toBeNull();
  await relay?.end();
  await until('the loss', () => uplink()?.trouble?.params.passing === true);
  const shown = room.changes.filter(change => change.kind === 'pool').at(-1);
  expect(shown).toMatchObject({ value: { uplinks: [{ trouble: { code: 'uplink_failed' } }] } });
  expect(room.pilots('queued')).toHaveLength(1);
  room.setWanted(0);
  await until('no way is kept', () => room.pool().uplinks.length === 0);
}, 60_000);

it('fail with the reason where it stays away', async () => {
  await open(0);
  room.setWanted(1);
  const stopped = await until('the stop', () => room.pool().stopped, 30_000);
  expect(stopped).toMatchObject({ code: 'submit_failed', params: { cause: 'not_submitted' } });
  expect(stopped.words).toMatch(/No way home is open: .*ECONNREFUSED.* Check whether a relay runs/);
}, 60_000);

it('fail at once where no waiting helps', async () => {
  rmSync(secret);
  await open();
  room.setWanted(1);
  const stopped = await until('the stop', () => room.pool().stopped);
  expect(stopped.words).toContain('Give the file of this machine with the secret.');
  writeFileSync(secret, '');
});
