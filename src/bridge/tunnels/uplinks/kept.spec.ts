import { PassThrough } from 'node:stream';
import { RELAY_LIMITS, RelayFrame } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { ManualClock } from '../../manualClock.fixture';
import type { IDoorOfAgents } from '../tokens';
import { KeptRelay } from './kept';
import { relayHeader } from './relayFrames';

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const away = (): PilothouseError =>
  new PilothouseError({ code: 'uplink_failed', params: { passing: true } });

/** A relay that a test plays. */
class Play {
  readonly clock = new ManualClock();
  /** Tries so far. */
  tries = 0;
  isThere = true;
  /** What is opened from now on hangs until then. */
  hangs: Promise<void> | null = null;
  stream = new PassThrough();
  readonly kept = new KeptRelay(
    {
      clock: this.clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined }
    } as never,
    {} as IDoorOfAgents,
    {
      name: 'relay',
      open: async () => {
        this.tries += 1;
        await this.hangs;
        if (!this.isThere) {
          throw away();
        }
        this.stream = new PassThrough();
        const ready = Buffer.from(JSON.stringify({ port: 8443, hosts: ['relay'] }));
        const first = Buffer.concat([relayHeader(0, RelayFrame.ready, ready.length), ready]);
        const output = new PassThrough();
        output.resume();
        const { stream: input } = this;
        return { input, output, first, close: () => void input.destroy() };
      },
      lost: away,
      changed: () => undefined
    }
  );

  /** Open for so long, hearing of it all the time. */
  async isOpenFor(ms: number): Promise<void> {
    await this.kept.wanted();
    for (let left = ms; left > 0; left -= RELAY_LIMITS.pingMs) {
      this.stream.write(relayHeader(0, RelayFrame.ping, 0));
      await turn();
      this.clock.advance(Math.min(left, RELAY_LIMITS.pingMs));
    }
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await turn();
    await turn();
  }
}

describe('a relay that is kept', () => {
  let play: Play;
  beforeEach(() => {
    play = new Play();
  });
  afterEach(() => {
    play.kept.dispose();
    expect(play.clock.pending).toBe(0);
  });

  it('is opened again at once where it was good, and after a pause where it was not', async () => {
    await play.isOpenFor(60_000);
    play.stream.end();
    await turn();
    await play.pass(0);
    expect([play.tries, play.kept.condition?.trouble]).toEqual([2, null]);
    play.stream.end();
    await turn();
    await play.pass(RELAY_LIMITS.againAfterMs - 1);
    expect(play.tries).toBe(2);
    await play.pass(1);
    expect([play.tries, play.kept.condition?.trouble]).toEqual([3, null]);
  });

  it.each([
    ['fails', false],
    ['comes', true]
  ])('is opened over a new login, though one over the old hangs and %s later', async (_, comes) => {
    let release = (): void => undefined;
    play.hangs = new Promise(resolve => {
      release = resolve;
    });
    const wanted = play.kept.wanted();
    await turn();
    play.hangs = null;
    play.kept.overNewLogin();
    await wanted;
    expect(play.tries).toBe(2);
    const { stream } = play;
    play.isThere = comes;
    release();
    await turn();
    await turn();
    expect([play.tries, play.kept.condition?.trouble, stream.destroyed]).toEqual([2, null, false]);
    expect(play.stream === stream || play.stream.destroyed).toBe(true);
  });

  it('is tried each second soon after it was lost, and ever later after that', async () => {
    await play.isOpenFor(60_000);
    play.isThere = false;
    play.stream.end();
    await turn();
    await play.pass(0);
    const each: number[] = [];
    for (let second = 0; second < 600; second += 1) {
      const before = play.tries;
      await play.pass(1000);
      each.push(play.tries - before);
    }
    expect(each.slice(0, 170)).toEqual(Array.from({ length: 170 }, () => 1));
    expect(each.slice(-120).filter(tries => tries > 0).length).toBeLessThanOrEqual(2);
  });

  it('is tried at once when this machine wakes, with its pauses anew', async () => {
    await play.isOpenFor(60_000);
    play.isThere = false;
    play.stream.end();
    await turn();
    for (let minute = 0; minute < 20; minute += 1) {
      await play.pass(60_000);
    }
    const before = play.tries;
    play.clock.sleep(60_000);
    play.isThere = true;
    await play.pass(500);
    expect([play.tries - before, play.kept.condition?.trouble]).toEqual([1, null]);
  });

  it('that slept longer than a relay waits is asked, and opened anew where nothing comes', async () => {
    await play.isOpenFor(60_000);
    play.clock.sleep(RELAY_LIMITS.silenceMs - 1000);
    play.stream.write(relayHeader(0, RelayFrame.ping, 0));
    await turn();
    await play.pass(500);
    expect(play.tries).toBe(1);
    play.clock.sleep(RELAY_LIMITS.silenceMs + 1000);
    await play.pass(500);
    await play.pass(4999);
    expect(play.tries).toBe(1);
    await play.pass(1);
    await play.pass(0);
    expect([play.tries, play.kept.condition?.trouble]).toEqual([2, null]);
  });

  it('stays as it is where only the clock was set forward', async () => {
    await play.isOpenFor(60_000);
    play.clock.sleep(3_600_000);
    // The next ping's turn may come before anything is heard.
    await play.pass(RELAY_LIMITS.pingMs);
    await play.isOpenFor(60_000);
    expect([play.tries, play.kept.condition?.trouble]).toEqual([1, null]);
  });

  it('is opened anew at once where a sleep has ended it', async () => {
    await play.isOpenFor(60_000);
    play.clock.sleep(3_600_000);
    play.stream.end();
    await turn();
    await play.pass(0);
    expect([play.tries, play.kept.condition?.trouble]).toEqual([2, null]);
  });
});
