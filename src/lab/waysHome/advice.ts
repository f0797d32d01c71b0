import type { Result, UplinkKind, UplinkStep } from '../../protocol';
import type { Trouble } from '../tokens';

/** One way home and what trying it has come to so far. */
export type IWay =
  | { readonly kind: UplinkKind; readonly state: 'waiting' | 'trying' }
  | { readonly kind: UplinkKind; readonly state: 'unasked'; readonly trouble: Trouble }
  | { readonly kind: UplinkKind; readonly state: 'tried'; readonly found: Result<'checks.uplink'> };

/** Which ways to list, and what is known of them. */
export interface IAdvice {
  /** In order of preference; empty: none of those that were tried can be used. */
  readonly kinds: readonly UplinkKind[];
  /** That is how they are listed already. */
  readonly isAsListed: boolean;
  /** The steps that answered: what pilots will dial. */
  readonly answered: readonly UplinkStep[];
}

/** The fewer machines lie between, the better (as pilothouse/doctor/ways_home.py has it). */
const PREFERRED: readonly UplinkKind[] = ['direct', 'submit-host', 'relay'];

/**
 * What to choose, once all have been tried: those that work, then those that are not disproved.
 * `listed`: as the profile has them by now.
 */
export function adviceOf(ways: readonly IWay[], listed: readonly string[]): IAdvice {
  const kinds = (['works', 'unproven'] as const).flatMap(verdict =>
    PREFERRED.filter(kind => ways.some(way => way.kind === kind && verdictOf(way) === verdict))
  );
  return {
    kinds,
    isAsListed: JSON.stringify(kinds) === JSON.stringify(listed),
    answered: ways.flatMap(way =>
      way.state === 'tried' ? way.found.steps.filter(isAnswer).slice(0, 1) : []
    )
  };
}

/** What trying it came to; null: it is not over. */
export function verdictOf(way: IWay): 'works' | 'unproven' | 'fails' | 'untried' | null {
  switch (way.state) {
    case 'waiting':
    case 'trying':
      return null;
    case 'unasked':
      return 'fails';
    case 'tried':
      return way.found.result.verdict;
  }
}

const isAnswer = ({ what, error }: UplinkStep): boolean => what === 'dial' && error === null;
