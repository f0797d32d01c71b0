import type { Profile } from '../../protocol';
import type { IBridgeContext, IDisposable, IScheduler } from '../tokens';
import { PilothouseError } from '../errors';
import { createScheduler as local } from './local';

type Kind = Profile['scheduler']['kind'];

/** The schedulers that exist: a folder each. */
const FOUND: Readonly<Partial<Record<Kind, (context: IBridgeContext) => IScheduler>>> = { local };

/** Makes each scheduler when it is first wanted, and ends them together. */
export class Schedulers implements IDisposable {
  constructor(private readonly _context: IBridgeContext) {}

  get(kind: Kind): IScheduler {
    const made = this._made.get(kind) ?? FOUND[kind]?.(this._context);
    if (made === undefined) {
      throw new PilothouseError({
        code: 'submit_failed',
        params: { scheduler: kind },
        words: `There is no scheduler ${kind} here.`
      });
    }
    this._made.set(kind, made);
    return made;
  }

  dispose(): void {
    for (const scheduler of this._made.values()) {
      scheduler.dispose();
    }
    this._made.clear();
  }

  private readonly _made = new Map<Kind, IScheduler>();
}
