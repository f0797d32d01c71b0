import { ExecutorId, LeaseId, TUNNEL_ID_BYTES, TunnelFrame, type TunnelId } from '../../protocol';
import type { ITunnelEnd } from '../tunnels';
import { until } from '../until.fixture';
import { ScriptedAgent } from './agent.fixture';
import { PoolRoom, type TestKernel } from './pools.fixture';

/** Pilots come by another way than loopback, since this address is one that was asked for. */
const FAR = { listenAddress: '127.0.0.1' };
const E1 = ExecutorId.parse('e1');

let room: PoolRoom;
afterEach(() => room.dispose());

/** The kernel's end: keeps what it is sent. */
class Home implements ITunnelEnd {
  readonly got: Buffer[] = [];
  send(frame: Uint8Array): boolean {
    this.got.push(Buffer.from(frame));
    return true;
  }
}

const kindsOf = (frames: readonly Buffer[], tunnel: TunnelId): number[] =>
  frames
    .filter(frame => frame.toString('hex', 0, TUNNEL_ID_BYTES) === tunnel)
    .map(frame => frame[TUNNEL_ID_BYTES]);

const part = (tunnel: TunnelId): Buffer =>
  Buffer.concat([
    Buffer.from(tunnel, 'hex'),
    Buffer.from([TunnelFrame.part]),
    Buffer.alloc(8),
    Buffer.from('bytes')
  ]);

interface IScene {
  readonly kernel: TestKernel;
  readonly agent: ScriptedAgent;
  readonly home: Home;
  readonly tunnel: TunnelId;
  readonly start: string;
}

/** A far pilot that is lent to an executor, and its pool registered by its tunnel. */
async function lent(given: ConstructorParameters<typeof PoolRoom>[0] = {}): Promise<IScene> {
  room = await PoolRoom.open({
    uplink: FAR,
    times: { agentSilenceMs: 150 },
    ...given
  });
  const kernel = room.kernel();
  const { agent, told } = await room.lend(kernel, {}, true);
  const { start, tunnel } = told;
  if (tunnel === null) {
    throw new Error('no tunnel');
  }
  const home = new Home();
  room.pools.tunnels.homeCame(home, E1, []);
  await room.register(kernel, 'l1');
  await until('the lease', () => kernel.lease('l1')?.state === 'registered');
  return { kernel, agent, home, tunnel, start };
}

const poolOf = ({ start, tunnel }: IScene) => ({
  lease: LeaseId.parse('l1'),
  start: start as never,
  state: 'running' as const,
  exitCode: null,
  tunnel,
  words: ''
});

it('a pilot of this machine needs none', async () => {
  room = await PoolRoom.open();
  const kernel = room.kernel();
  const { told } = await room.lend(kernel);
  expect(told.tunnel).toBeNull();
  expect(kernel.lease('l1')?.tunnel).toBeNull();
});

it('a pilot that came otherwise has one, which its kernel is told of, and frames go both ways', async () => {
  const { kernel, agent, home, tunnel } = await lent();
  expect(kernel.lease('l1')?.tunnel).toBe(tunnel);
  await until('way', () => kindsOf(agent.streamed, tunnel).includes(TunnelFrame.way));
  expect(kindsOf(home.got, tunnel)).toEqual([TunnelFrame.way]);
  agent.stream(part(tunnel));
  room.pools.tunnels.fromHome(home, part(tunnel));
  await until('the agent’s', () => home.got.some(frame => frame.equals(part(tunnel))));
  await until('the home’s', () => agent.streamed.some(frame => frame.equals(part(tunnel))));
});

it('is over with its lease', async () => {
  const { kernel, agent, home, tunnel } = await lent();
  room.giveBack(kernel, 'e1', 'l1');
  await until('its end', () => kernel.lease('l1')?.state === 'ended');
  expect(kindsOf(home.got, tunnel).at(-1)).toBe(TunnelFrame.over);
  await until('over', () => kindsOf(agent.streamed, tunnel).at(-1) === TunnelFrame.over);
});

it('goes on after a cut, with the same pool', async () => {
  const scene = await lent();
  const { kernel, agent, home, tunnel } = scene;
  agent.cut();
  await until('the loss', () => room.pilots('lost').at(0));
  expect(room.pilots('lost')[0].resumesUntilMs).toBeGreaterThan(Date.now() + 60_000);
  const back = await ScriptedAgent.dial(agent.folder, { pools: [poolOf(scene)] }, true);
  room.agents.push(back);
  await until('way', () => kindsOf(back.streamed, tunnel).includes(TunnelFrame.way));
  expect(kindsOf(home.got, tunnel)).toEqual([TunnelFrame.way, TunnelFrame.way]);
  expect(back.told('pool.start')).toEqual([]);
  expect(kernel.lease('l1')?.state).toBe('registered');
  expect(room.pilots('leased')[0].resumesUntilMs).toBeNull();
});

it('is over when its pilot was away for too long, and the pilot is told so when it is back', async () => {
  const scene = await lent({ uplink: { ...FAR, resumeSeconds: 0.3 } });
  const { kernel, agent, home, tunnel, start } = scene;
  agent.cut();
  const ended = await until('the end', () => {
    const lease = kernel.lease('l1');
    return lease?.state === 'ended' && lease;
  });
  expect([ended.cause, ended.dead]).toEqual(['pilot_gone', [start]]);
  expect(kindsOf(home.got, tunnel).at(-1)).toBe(TunnelFrame.over);
  const [pilot] = room.pilots();
  expect([pilot.state, pilot.lease, pilot.resumesUntilMs]).toEqual(['lost', null, null]);
  const back = await ScriptedAgent.dial(agent.folder, { pools: [poolOf(scene)] }, true);
  room.agents.push(back);
  await until('the order', () => back.told('pool.stop').some(({ lease }) => lease === 'l1'));
});

it('that is over is over for whoever speaks of it', async () => {
  const { kernel, agent, tunnel } = await lent({ times: { reunionMs: 1 } });
  room.giveBack(kernel, 'e1', 'l1');
  await until('over', () => kindsOf(agent.streamed, tunnel).includes(TunnelFrame.over));
  agent.streamed.splice(0);
  agent.stream(part(tunnel));
  await until('over', () => kindsOf(agent.streamed, tunnel).includes(TunnelFrame.over));
});

it('of another pilot is nobody’s to use', async () => {
  const { home, tunnel } = await lent({ scaling: { max: 2 } });
  room.setWanted(2);
  const [other] = await room.staff(1, {}, true);
  other.stream(part(tunnel));
  other.stream(Buffer.from('no frame'));
  await until('the cut', () => other.closed);
  expect(home.got.some(frame => frame.equals(part(tunnel)))).toBe(false);
});

it('outlives the bridge: ends and kernel find each other again', async () => {
  const scene = await lent();
  const { agent, tunnel } = scene;
  room.leave();
  const { home: folder } = room;
  room = await PoolRoom.open({ uplink: FAR, home: folder });
  const home = new Home();
  room.pools.tunnels.homeCame(home, E1, [tunnel]);
  const back = await ScriptedAgent.dial(agent.folder, { pools: [poolOf(scene)] }, true);
  room.agents.push(back);
  const kernel = room.kernel();
  room.open(kernel, 'e1', 1, {
    unfinished: 1,
    leases: [{ lease: LeaseId.parse('l1'), command: ['pool'] }]
  });
  await until('the lease', () => kernel.lease('l1')?.start === scene.start);
  await until('way', () => kindsOf(back.streamed, tunnel).includes(TunnelFrame.way));
  expect(kindsOf(home.got, tunnel)).toEqual([TunnelFrame.way]);
  expect(kernel.lease('l1')?.tunnel).toBe(tunnel);
});
