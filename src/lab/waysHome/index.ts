export { TriedWays } from './tried';
export { useTrial } from './trial';
export type { ITrial, ITrialOf } from './trial';
