import * as React from 'react';
import type { Profile } from '../../protocol';
import { troubleOf } from '../request';
import type { IPilothouseModel, Trouble } from '../tokens';
import { useSurroundings } from '../views';
import type { IWay } from './advice';
import { mayTry } from './consent';

/** What is tried. */
export interface ITrialOf {
  /** The place as a person knows it. */
  readonly title: string;
  /** Its profile, saved or not, defaults filled in. @throws RequestFailure */
  profile(): Promise<Profile>;
}

/** Trying the ways home of one place. */
export interface ITrial {
  /** In the order of the profile; null: nobody has tried, or it was put away. */
  readonly ways: readonly IWay[] | null;
  readonly busy: boolean;
  /** Why nothing could be tried. */
  readonly trouble: Trouble | null;
  /** Asks the person, then tries one way after another. */
  begin(of: ITrialOf): void;
  /** Puts the result away. */
  clear(): void;
}

/** One trial at a time; what comes after the component is gone is dropped. */
export function useTrial(): ITrial {
  const { model, trans } = useSurroundings();
  const [ways, setWays] = React.useState<readonly IWay[] | null>(null);
  const [busy, setBusy] = React.useState(false);
  const [trouble, setTrouble] = React.useState<Trouble | null>(null);
  const mounted = React.useRef(true);
  React.useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const run = async (of: ITrialOf): Promise<void> => {
    try {
      const profile = await of.profile();
      if (await mayTry(trans, of.title, profile)) {
        for await (const each of tried(model, profile)) {
          if (!mounted.current) {
            return;
          }
          setWays(each);
        }
      }
    } catch (error) {
      if (mounted.current) {
        setTrouble(troubleOf(error));
      }
    }
    if (mounted.current) {
      setBusy(false);
    }
  };
  const begin = (of: ITrialOf): void => {
    setBusy(true);
    setTrouble(null);
    void run(of);
  };
  const clear = (): void => {
    setWays(null);
    setTrouble(null);
  };
  return { ways, busy, trouble, begin, clear };
}

/**
 * Tries the ways in order; the state of all of them before each and after the
 * last. It is the very profile that the person was shown that is tried.
 */
async function* tried(
  model: Pick<IPilothouseModel, 'call'>,
  profile: Profile
): AsyncGenerator<readonly IWay[]> {
  const { name: pool } = profile;
  const { kinds } = profile.uplink;
  const ways: IWay[] = kinds.map(kind => ({ kind, state: 'waiting' }));
  for (const [at, kind] of kinds.entries()) {
    ways[at] = { kind, state: 'trying' };
    yield [...ways];
    try {
      const found = await model.call('checks.uplink', { pool, kind, mayListen: true, profile });
      ways[at] = { kind, state: 'tried', found };
    } catch (error) {
      ways[at] = { kind, state: 'unasked', trouble: troubleOf(error) };
    }
  }
  yield [...ways];
}
