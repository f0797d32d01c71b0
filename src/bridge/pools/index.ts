import type { IBridgeContext, IClient, IDisposable, IPools } from '../tokens';
import { LIMITS, type ExecutorId, type LeaseId, type PilotId } from '../../protocol';
import { Contents } from '../content';
import { createRuntimes, type IRuntimes } from '../environments';
import type { IScheduler, ITrouble } from '../schedulers';
import { PilotSecrets, Switch, Uplinks, type ISwitch } from '../tunnels';
import { NO_CONNECTIONS } from '../ssh/connections';
import { AgentLogs } from './agentLogs';
import { Agents } from './agents';
import { Draining } from './draining';
import { Endings } from './endings';
import { ExecutorBook } from './executors';
import { makeHandlers, statusOf, type IHandlerParts } from './handlers';
import { LeaseBook } from './leases';
import { Looks } from './looks';
import { Makings } from './makings';
import { livingProfiles } from './model';
import { PilotBook } from './pilotBook';
import { Policy } from './policy';
import type { IPoolsParts } from './parts';
import { PoolBook } from './poolBook';
import { Reports } from './reports';
import { RestOrders } from './restOrders';
import { Retention } from './retention';
import { Reunion } from './reunion';
import { ScalingIn } from './scalingIn';
import { Sites } from './sites';
import { SubmissionBook } from './submissionBook';
import { Submissions } from './submissions';
import { takeUp } from './takeUp';

/** How often profile files are looked at for changes that nobody has told of. */
const REFRESH_EVERY_MS = 2000;

/** Pools, pilots, leases and the agents' port, ready to be started. */
export function createPools(context: IBridgeContext, parts: IPoolsParts): IPools {
  return new Pools(context, parts);
}

class Pools implements IPools {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _parts: IPoolsParts
  ) {
    const { store, profiles, tasks } = _parts;
    const secrets = new PilotSecrets(_context.folders.state);
    const connections = _parts.connections ?? NO_CONNECTIONS;
    this._sites = new Sites(_context, connections, _parts.schedulers);
    this._runtimes = _parts.runtimes ?? createRuntimes(_context);
    const makings = new Makings(_context, this._runtimes);
    this._switch = new Switch(_context.log);
    this._uplinks = new Uplinks(_context, store, secrets, this._sites);
    this._pools = new PoolBook(_context, store, profiles, tasks, this._sites, this._uplinks);
    const looks = (this._looks = new Looks(_context, this._pools, () => this._policy));
    this._pilots = new PilotBook(_context, store, tasks, looks);
    this._book = new SubmissionBook(_context, _parts.submissions);
    this._retention = new Retention(_context, this._sites, this._book);
    const contents = (this._contents = new Contents(_context));
    this._leases = new LeaseBook(_context, this._pilots, tasks, this._switch, contents, looks);
    this._endings = new Endings(_context, this._sites, this._pilots, this._leases, looks);
    this._reports = new Reports(
      _context,
      this._sites,
      this._pilots,
      this._leases,
      this._endings,
      looks
    );
    const orders = new RestOrders(_context, store);
    this._executors = new ExecutorBook(_context, this._leases, tasks, contents, orders, looks);
    this._reunion = new Reunion(_context, this._pilots, this._leases, this._switch, looks);
    this._submissions = new Submissions(_context, {
      profiles,
      sites: this._sites,
      makings,
      book: this._book,
      retention: this._retention,
      pilots: this._pilots,
      endings: this._endings,
      identity: { secrets, uplinks: this._uplinks }
    });
    this._agentLogs = new AgentLogs(_context);
    this._policy = new Policy(
      _context,
      this._pilots,
      this._leases,
      new ScalingIn(_context, this._endings),
      new Draining(_context, tasks, this._endings),
      this._submissions
    );
    this._agents = new Agents(
      _context,
      this._pilots,
      this._leases,
      this._endings,
      this._reports,
      tasks,
      this._reunion,
      this._switch,
      this._agentLogs,
      contents,
      looks
    );
    this._sites.schedulers.audience = {
      reported: (pilot, report) => {
        this._reports.reported(pilot, report);
      },
      troubled: (scheduler, trouble) => {
        this._troubled(scheduler, trouble);
      }
    };
    this._pilots.onForgotten = entry => {
      this._retention.forgotten(entry);
    };
    this._leases.audience = this._endings;
    this._endings.onClosed = entry => {
      this._reunion.back(entry);
      this._retention.closed(entry.pool);
    };
    this._methods = {
      pools: this._pools,
      pilots: this._pilots,
      leases: this._leases,
      executors: this._executors,
      endings: this._endings,
      reunion: this._reunion,
      sites: this._sites,
      uplinks: this._uplinks,
      retention: this._retention,
      agentLogs: this._agentLogs,
      profiles,
      makings,
      context: _context,
      settle: pool => {
        looks.look(pool);
      },
      now: () => _context.clock.now()
    };
    this.handlers = makeHandlers(this._methods);
  }

  readonly handlers: IPools['handlers'];

  get alive(): number {
    let alive = 0;
    for (const { pilots, ended } of this._pools.all()) {
      alive += pilots.size - ended.size;
    }
    return alive;
  }

  get agents(): number {
    return this._uplinks.count;
  }

  async start(): Promise<void> {
    const { clock } = this._context;
    this._refresh();
    await this._contents.clean();
    await this._uplinks.start(this._agents);
    takeUp({
      context: this._context,
      store: this._parts.store,
      sites: this._sites,
      pools: this._pools,
      pilots: this._pilots,
      book: this._book,
      submissions: this._submissions,
      endings: this._endings,
      agents: this._agents,
      reunion: this._reunion
    });
    this._keepUplinks();
    this._retention.start();
    this._looks.start();
    this._owned.push(
      this._uplinks.onChanged(() => {
        for (const pool of this._pools.all()) {
          this._pools.touch(pool);
        }
      }),
      clock.every(REFRESH_EVERY_MS, () => {
        this._refresh();
        this._keepUplinks();
      }),
      this._parts.profiles.watch(this._context, () => {
        this._refresh();
      })
    );
  }

  /** Ends of tunnels in kernels' homes. */
  get tunnels(): ISwitch {
    return this._switch;
  }

  load(client: IClient, executor: ExecutorId, unfinished: number): void {
    const entry = this._executors.find(client, executor);
    // A report that was under way when its executor was closed is old news.
    if (entry !== null) {
      this._executors.load(entry, unfinished);
    }
  }

  registered(client: IClient, lease: LeaseId, start: string): void {
    const executor = this._leases.get(lease)?.executor;
    if (executor?.client === client) {
      this._leases.registered(executor, lease, start);
    }
  }

  snapshot(): ReturnType<IPools['snapshot']> {
    return statusOf(this._methods, [...this._pools.all()], this._context.clock.now());
  }

  tasksChanged(pilots: ReadonlySet<PilotId>): void {
    this._pilots.tasksChanged(pilots);
  }

  dispose(): void {
    this._looks.dispose();
    for (const owned of this._owned) {
      owned.dispose();
    }
    this._submissions.dispose();
    this._agentLogs.dispose();
    this._retention.dispose();
    this._endings.dispose();
    this._reunion.dispose();
    this._executors.dispose();
    this._leases.dispose();
    this._pilots.dispose();
    this._uplinks.dispose();
    this._switch.dispose();
    this._sites.dispose();
    this._runtimes.dispose();
  }

  private _troubled(scheduler: IScheduler, trouble: ITrouble | null): void {
    const { clock, log } = this._context;
    const { kind } = scheduler;
    if (trouble === null) {
      log.info('scheduler.well', { kind });
    } else {
      log.warn('scheduler.trouble', { kind, ...trouble });
    }
    const words = trouble?.words.slice(0, LIMITS.wordsChars) ?? '';
    const sinceMs = clock.now();
    this._sites.troubled(scheduler, trouble && { code: trouble.code, words, sinceMs });
    for (const pool of this._pools.all()) {
      this._pools.touch(pool);
    }
  }

  /** Looks at profiles, and at which submit hosts are used now. */
  private _refresh(): void {
    this._pools.refresh();
    const all = [...this._pools.all()];
    this._sites.setPlaces(
      new Map(all.map(pool => [pool.pool, [pool.profile, ...livingProfiles(pool)]]))
    );
  }

  /** Pilots that live find home by the profile that they were submitted with. */
  private _keepUplinks(): void {
    this._uplinks.keep([...new Set([...this._pools.all()].flatMap(livingProfiles))]);
  }

  private readonly _sites: Sites;
  private readonly _runtimes: IRuntimes;
  private readonly _book: SubmissionBook;
  private readonly _retention: Retention;
  private readonly _reports: Reports;
  private readonly _uplinks: Uplinks;
  private readonly _switch: Switch;
  private readonly _contents: Contents;
  private readonly _pools: PoolBook;
  private readonly _looks: Looks;
  private readonly _pilots: PilotBook;
  private readonly _leases: LeaseBook;
  private readonly _endings: Endings;
  private readonly _executors: ExecutorBook;
  private readonly _reunion: Reunion;
  private readonly _submissions: Submissions;
  private readonly _policy: Policy;
  private readonly _agents: Agents;
  private readonly _agentLogs: AgentLogs;
  private readonly _methods: IHandlerParts;
  private readonly _owned: IDisposable[] = [];
}
