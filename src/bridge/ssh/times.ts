/** The times of a login and of its connection, in one place. */
export const SSH_TIMES = {
  /** A machine that is dialled has shown its key by then. */
  reachMs: 20_000,
  /**
   * One that is returned to by itself has answered by then, or is dialled anew: TCP asks a second
   * time after one second, then later and later (RFC 6298), and who begins anew is there a second
   * after a way has come back.
   */
  returnReachMs: 2_000,
  /** Between the acceptance of its key and its readiness for the login. */
  handshakeMs: 20_000,
  /** How long it may think about one answer: a push to a telephone waits for a person. */
  thinkMs: 180_000,
  /** Both ends are asked whether they live, and the connection is lost after so many silences. */
  keepAliveMs: 15_000,
  keepAliveMost: 3,
  /** Who has to wait for a channel waits this long at most. */
  channelWaitMs: 30_000,
  /** A machine frees a channel a moment after it has said so. */
  channelAgainMs: 200,
  /** `ssh -G` has answered by then. */
  configMs: 10_000
} as const;
export type SshTimes = { -readonly [K in keyof typeof SSH_TIMES]: number };
