import { localProfile } from '../profiles/local';
import type { IPools } from '../tokens';
import { Switch } from '../tunnels';

/** Pools that have none, and say what was asked of them. */
export class NoPools implements IPools {
  readonly calls: string[] = [];
  alive = 0;
  agents = 0;
  readonly tunnels = new Switch({
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined
  });
  readonly handlers: IPools['handlers'] = {
    'pools.status': () => this.snapshot(),
    'pools.down': () => new Promise(resolve => this.answers.push(() => resolve({ ended: 0 }))),
    'executors.open': () => ({ profile: localProfile(1), target: 0 }),
    'pools.resume': () => {
      throw new TypeError('a mistake of ours');
    }
  };
  /** Answers one `pools.down` each. */
  readonly answers: (() => void)[] = [];

  load(): void {
    this.calls.push('load');
  }
  registered(): void {
    this.calls.push('registered');
  }
  snapshot(): ReturnType<IPools['snapshot']> {
    return { pools: [], pilots: [], executors: [] };
  }
  tasksChanged(): void {
    this.calls.push('tasksChanged');
  }
  start(): Promise<void> {
    this.calls.push('start');
    return Promise.resolve();
  }
  dispose(): void {
    this.calls.push('dispose');
  }
}
