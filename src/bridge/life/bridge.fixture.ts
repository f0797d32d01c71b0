import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TIMES, type Times } from '../../protocol';
import { FramedClient, TestClient } from '../api/client.fixture';
import { systemClock } from '../clock';
import { openLog } from '../log';
import type { IBridgeOptions } from '../options';
import type { OpenTable } from '../ssh/connections';
import type { IClock } from '../tokens';
import { startBridge, type IBridge } from './bridge';
import { NoPools } from './pools.fixture';

/** A bridge in this process, in folders of its own, with pools that have no pilots. */
export class TestBridge {
  private constructor(
    readonly bridge: IBridge,
    readonly pools: NoPools,
    readonly home: string
  ) {}

  static readonly version = '1.0';

  static async start(
    given: {
      times?: Partial<Times>;
      clock?: IClock;
      home?: string;
      runtime?: string;
      transports?: OpenTable;
    } = {}
  ): Promise<TestBridge> {
    const home = given.home ?? mkdtempSync(join(tmpdir(), 'ph-'));
    const options: IBridgeOptions = {
      stateFolder: home,
      runtimeFolder: given.runtime ?? join(home, 'run'),
      agentFile: join(home, 'agent.pyz'),
      relayFolder: null,
      python: '/usr/bin/python3',
      version: TestBridge.version,
      userProfiles: join(home, 'profiles'),
      siteProfiles: [],
      times: { ...TIMES, ...given.times }
    };
    const pools = new NoPools();
    const log = openLog(join(home, 'bridge.log'), systemClock);
    const clock = given.clock ?? systemClock;
    const bridge = await startBridge(options, {
      ...{ clock, log, createPools: () => pools },
      ...(given.transports === undefined ? {} : { transports: given.transports })
    });
    return new TestBridge(bridge, pools, home);
  }

  get socket(): string {
    return join(this.home, 'run', 'bridge.sock');
  }

  get secret(): string {
    return readFileSync(join(this.home, 'run', 'secret'), 'utf8');
  }

  /** What has been logged, parsed. */
  log(): { level: string; event: string; [field: string]: unknown }[] {
    return readFileSync(join(this.home, 'bridge.log'), 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as { level: string; event: string });
  }

  async client(role: 'view' | 'kernel' | 'command' | 'home' | null = 'view'): Promise<TestClient> {
    const client = await TestClient.connect(this.socket, this.secret);
    if (role !== null) {
      await client.hello(role, TestBridge.version);
    }
    return client;
  }

  /** A home that has said hello. */
  async framed(): Promise<FramedClient> {
    const client = await FramedClient.connect(this.socket, this.secret);
    await client.hello('home', TestBridge.version);
    return client;
  }

  /** Ends it and takes its folders away. */
  async dispose(): Promise<void> {
    await this.bridge.end('test is over');
    rmSync(this.home, { recursive: true, force: true });
  }
}
