export { AgentListener } from './listener';
export { PilotSecrets } from './secrets';
export * from './privateFiles';
export type * from './tokens';
