import {
  ExecutorId,
  TUNNEL_HEADER_BYTES,
  TUNNEL_LIMITS,
  TunnelFrame,
  TunnelId
} from '../../protocol';
import { PeerError } from './peerError';
import { Switch } from './switch';
import type { ITunnelEnd } from './tokens';

const T1 = TunnelId.parse('00000000000000a1');
const T2 = TunnelId.parse('00000000000000a2');
const E1 = ExecutorId.parse('e1');
const E2 = ExecutorId.parse('e2');

/** An end that keeps what it is sent, as words. */
class End implements ITunnelEnd {
  readonly got: string[] = [];
  room = true;
  held = false;
  send(frame: Uint8Array): boolean {
    const bytes = Buffer.from(frame);
    const kind = Object.keys(TunnelFrame)[bytes[8]];
    this.got.push(`${kind} ${bytes.toString('hex', 7, 8)}`);
    return this.room;
  }
  hold(): void {
    this.held = true;
  }
  release(): void {
    this.held = false;
  }
  /** What it got since the last look. */
  take(): string[] {
    return this.got.splice(0);
  }
}

const frame = (tunnel: TunnelId, kind: number, more = ''): Buffer => {
  const numbered =
    kind === TunnelFrame.part || kind === TunnelFrame.taken || kind === TunnelFrame.resume;
  const number = numbered ? Buffer.alloc(8) : Buffer.alloc(0);
  return Buffer.concat([
    Buffer.from(tunnel, 'hex'),
    Buffer.from([kind]),
    number,
    Buffer.from(more)
  ]);
};
const part = (tunnel: TunnelId): Buffer => frame(tunnel, TunnelFrame.part, 'bytes');

let wires: Switch;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const agent = new End();
const home = new End();
beforeEach(() => {
  wires = new Switch(silent);
  [agent, home].forEach(end => {
    end.take();
    end.room = true;
    end.held = false;
  });
});

it('says way to both ends when both are there, and passes frames', () => {
  wires.add(T1, E1, agent);
  expect([agent.take(), home.take()]).toEqual([[], []]);
  wires.homeCame(home, E1, []);
  expect([agent.take(), home.take()]).toEqual([['way a1'], ['way a1']]);
  wires.fromAgent(agent, part(T1));
  wires.fromHome(home, frame(T1, TunnelFrame.taken));
  expect([agent.take(), home.take()]).toEqual([['taken a1'], ['part a1']]);
});

it('says way again whenever an end is there anew, and nothing passes in between', () => {
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  wires.agentLeft(agent);
  home.take();
  wires.fromHome(home, part(T1));
  const back = new End();
  wires.agentCame(back, [T1]);
  expect([back.take(), home.take()]).toEqual([['way a1'], ['way a1']]);
  wires.fromAgent(agent, part(T1));
  expect(home.take()).toEqual([]);
  const newer = new End();
  wires.homeCame(newer, E1, [T1]);
  expect([back.take(), newer.take()]).toEqual([['way a1'], ['way a1']]);
  wires.fromHome(home, part(T1));
  wires.homeLeft(home);
  expect(back.take()).toEqual([]);
  wires.fromAgent(back, part(T1));
  expect(newer.take()).toEqual(['part a1']);
});

it('takes frames of a tunnel from its own agent and its own executor’s home only', () => {
  const [otherAgent, otherHome] = [new End(), new End()];
  wires.add(T1, E1, agent);
  wires.add(T2, E2, otherAgent);
  wires.homeCame(home, E1, []);
  wires.homeCame(otherHome, E2, [T1]);
  [agent, home, otherAgent, otherHome].slice(0, 3).forEach(end => end.take());
  expect(otherHome.take()).toEqual(['over a1', 'way a2']);
  wires.fromAgent(otherAgent, part(T1));
  wires.fromHome(otherHome, part(T1));
  wires.fromHome(otherHome, frame(T1, TunnelFrame.over));
  wires.fromAgent(otherAgent, frame(T1, TunnelFrame.over));
  expect([agent, home, otherAgent, otherHome].flatMap(end => end.take())).toEqual([]);
  wires.fromAgent(agent, part(T1));
  expect(home.take()).toEqual(['part a1']);
});

it('tells both ends that a tunnel is over, and whoever speaks of it later', () => {
  wires.settle();
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  [agent, home].forEach(end => end.take());
  wires.remove(T1);
  expect([agent.take(), home.take()]).toEqual([['over a1'], ['over a1']]);
  wires.fromAgent(agent, part(T1));
  wires.fromHome(home, part(T1));
  expect([agent.take(), home.take()]).toEqual([['over a1'], ['over a1']]);
  wires.fromAgent(agent, frame(T1, TunnelFrame.over));
  wires.fromHome(home, frame(T1, TunnelFrame.over));
  expect([agent.take(), home.take()]).toEqual([[], []]);
  const back = new End();
  wires.agentCame(back, [T1]);
  wires.homeCame(home, E1, [T1, T2]);
  expect([back.take(), home.take()]).toEqual([['over a1'], ['over a1', 'over a2']]);
});

it('tells an end that was away that the other has given the tunnel up', () => {
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  wires.agentLeft(agent);
  wires.fromHome(home, frame(T1, TunnelFrame.over));
  agent.take();
  wires.agentCame(agent, [T1]);
  expect(agent.take()).toEqual(['over a1']);
});

describe('after a restart', () => {
  it.each([
    ['agent, home, kernel', ['agent', 'home', 'kernel']],
    ['home, kernel, agent', ['home', 'kernel', 'agent']],
    ['kernel, agent, home', ['kernel', 'agent', 'home']],
    ['home, agent, kernel', ['home', 'agent', 'kernel']]
  ])('ends wait for each other: %s', (_, order) => {
    const steps: Record<string, () => void> = {
      agent: () => wires.agentCame(agent, [T1]),
      home: () => wires.homeCame(home, E1, [T1]),
      kernel: () => wires.add(T1, E1)
    };
    for (const step of order) {
      expect(agent.got).toEqual([]);
      expect(home.got).toEqual([]);
      steps[step]();
    }
    expect([agent.take(), home.take()]).toEqual([['way a1'], ['way a1']]);
    wires.settle();
    expect([agent.take(), home.take()]).toEqual([[], []]);
  });

  it('frames of tunnels that nobody has claimed yet are dropped, and these are over in the end', () => {
    wires.agentCame(agent, [T1]);
    wires.homeCame(home, E1, [T1, T2]);
    wires.fromAgent(agent, part(T1));
    wires.fromHome(home, part(T1));
    wires.fromHome(home, part(T2));
    expect([agent.take(), home.take()]).toEqual([[], []]);
    wires.settle();
    expect([agent.take(), home.take()]).toEqual([['over a1'], ['over a1']]);
    expect(wires.count).toBe(0);
  });
});

it('has an agent pause while its home has more than enough, and go on afterwards', () => {
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  home.room = false;
  wires.fromAgent(agent, part(T1));
  expect(agent.held).toBe(true);
  wires.homeHasRoom(home);
  expect(agent.held).toBe(false);
  wires.fromAgent(agent, part(T1));
  expect(agent.held).toBe(true);
  wires.homeLeft(home);
  expect(agent.held).toBe(false);
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['half a number', Buffer.alloc(4)],
  ['no kind', Buffer.alloc(8)],
  ['an unknown kind', frame(T1, 5)],
  ['the bridge’s own word', frame(T1, TunnelFrame.way)],
  ['a part without bytes', frame(T1, TunnelFrame.part)],
  ['a part over the limit', frame(T1, TunnelFrame.part, 'x'.repeat(TUNNEL_LIMITS.partBytes + 1))],
  ['a short taken', frame(T1, TunnelFrame.taken).subarray(0, 16)],
  ['a long resume', frame(T1, TunnelFrame.resume, 'x')],
  ['a long over', frame(T1, TunnelFrame.over, 'x')]
])('refuses %s', (_, bytes) => {
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  expect(() => wires.fromAgent(agent, bytes)).toThrow(PeerError);
  expect(() => wires.fromHome(home, bytes)).toThrow(PeerError);
});

it('takes the largest part', () => {
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  home.take();
  wires.fromAgent(agent, frame(T1, TunnelFrame.part, 'x'.repeat(TUNNEL_LIMITS.partBytes)));
  expect(home.take()).toEqual(['part a1']);
});

it('keeps nothing of what strangers say, whatever it is', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  wires.add(T1, E1, agent);
  wires.homeCame(home, E1, []);
  wires.settle();
  [agent, home].forEach(end => end.take());
  for (let round = 0; round < 5000; round += 1) {
    const bytes = Buffer.from(
      Array.from({ length: random(TUNNEL_HEADER_BYTES * 2) }, () => random(256))
    );
    const stranger = new End();
    for (const say of [
      () => wires.fromAgent(stranger, bytes),
      () => wires.fromHome(stranger, bytes),
      () => wires.fromAgent(agent, bytes)
    ]) {
      try {
        say();
      } catch (error) {
        expect(error).toBeInstanceOf(PeerError);
      }
    }
    expect(stranger.got.filter(word => !word.startsWith('over'))).toEqual([]);
  }
  expect(wires.count).toBe(1);
  expect(home.take()).toEqual([]);
});
