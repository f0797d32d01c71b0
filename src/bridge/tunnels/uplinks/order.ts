import type { IClock } from '../../tokens';
import type { IAddress, IUplink } from '../tokens';
import type { Profile } from '../../../protocol';
import { mayPass } from './state';
import { PilothouseError } from '../../errors';

/** Where one way is open, the others are waited for this long. */
export const OTHERS_WITHIN_MS = 2_000;

/** What came of opening one way, as far as it was waited for. */
export type Tried =
  | { readonly way: IUplink; readonly outcome: 'open'; readonly found: readonly IAddress[] }
  | { readonly way: IUplink; readonly outcome: 'failed'; readonly error: unknown }
  | { readonly way: IUplink; readonly outcome: 'pending' };

/**
 * Opens ways, all at once. Waits for all of them while none is open, and hardly
 * once one is: what is out of order or slow does not hold up what works.
 */
export function openAll(
  ways: readonly IUplink[],
  profile: Profile,
  clock: IClock
): Promise<readonly Tried[]> {
  return new Promise(resolve => {
    const tried: Tried[] = ways.map(way => ({ way, outcome: 'pending' }));
    let left = ways.length;
    let limit: ReturnType<IClock['after']> | null = null;
    const end = (): void => {
      limit?.dispose();
      resolve([...tried]);
    };
    const settle = (at: number, one: Tried): void => {
      tried[at] = one;
      left -= 1;
      if (left === 0) {
        end();
      } else if (one.outcome === 'open' && one.found.length > 0) {
        limit ??= clock.after(OTHERS_WITHIN_MS, end);
      }
    };
    if (left === 0) {
      end();
    }
    ways.forEach((way, at) => {
      way.addresses(profile).then(
        found => settle(at, { way, outcome: 'open', found }),
        (error: unknown) => settle(at, { way, outcome: 'failed', error })
      );
    });
  });
}

/**
 * What a pilot is told to dial: the ways that are open in the profile's order,
 * then those that may be once it runs.
 */
export function inOrder(tried: readonly Tried[], profile: Profile): readonly IAddress[] {
  const open = tried.flatMap(each => (each.outcome === 'open' ? each.found : []));
  const later = tried.flatMap(each =>
    each.outcome === 'pending' || (each.outcome === 'failed' && mayOpen(each.error))
      ? each.way.known(profile)
      : []
  );
  return [...open, ...later];
}

/** Of several failures the one that says what is waited for; else the first. */
export function whyNone(tried: readonly Tried[]): unknown {
  const failures = tried.flatMap(each => (each.outcome === 'failed' ? [each.error] : []));
  return failures.find(mayOpen) ?? failures.at(0) ?? null;
}

const mayOpen = (error: unknown): boolean =>
  mayPass(error) || (error instanceof PilothouseError && error.code === 'login_needed');
