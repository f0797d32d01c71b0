/** What was wrong with what a peer sent. It is cut for it. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}
