export { Corked } from './corked';
export { encodeFrame, FrameDecoder } from './frames';
export { PeerError } from './peerError';
export { PilotSecrets } from './secrets';
export { Switch } from './switch';
export { Uplinks } from './uplinks';
export { mayPass } from './uplinks/state';
export * from './privateFiles';
export type * from './tokens';
