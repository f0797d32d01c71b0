/**
 * Every limit of every wire, in one place. Going over one is the error named
 * beside it, never silence.
 */
export const LIMITS = {
  /** Largest message a client (kernel, server, command line) may send. `message_too_large`. */
  clientMessageBytes: 8 * 1024 * 1024,
  /** Largest message the bridge sends to a client. */
  bridgeMessageBytes: 64 * 1024 * 1024,
  /** Largest frame an agent may send once it has proved itself. `message_too_large`. */
  agentFrameBytes: 4 * 1024 * 1024,
  /** Largest frame accepted from a connection that has not proved itself. */
  unprovenFrameBytes: 16 * 1024,
  /** Connections to the pilots' port that may be unproven at one time; the oldest makes room. */
  unprovenConnections: 512,
  /** Time in which a connection must prove itself. */
  proveWithinMs: 10_000,
  /** Connections of clients at one time. `too_many_clients`. */
  clients: 256,
  /** Requests of one client that may be under way at once. `too_many_requests`. */
  requestsUnderWay: 256,
  /** Bytes that may wait for a client that does not read; it is then cut off and takes a new snapshot. */
  clientBacklogBytes: 32 * 1024 * 1024,
  /** The same for an agent, which is then cut off and dials again: many times a tunnel's window. */
  agentBacklogBytes: 8 * 1024 * 1024,
  /** Bytes that wait for a home before nothing more is read from agents for it. */
  homeBacklogBytes: 8 * 1024 * 1024,
  /** Leases of one executor: the interchange walks all managers for each message. `too_many_pilots`. */
  leasesPerExecutor: 1000,
  /** Pilots that may be asked for in one pool by one typed number or one executor. `too_many_pilots`. */
  pilotsPerPool: 10_000,
  /** Task updates in one report. */
  tasksPerReport: 5000,
  /** Tasks in one page of `tasks.list`. */
  tasksPerPage: 500,
  /** Characters kept of an error message, a traceback, what a task printed. */
  errorMessageChars: 2000,
  tracebackChars: 16_384,
  printedChars: 8192,
  /** Characters of a scheduler's or tool's own words that are passed on. */
  wordsChars: 4000,
  /** Prompts in one question of a login, and characters of a prompt and of an answer. */
  promptsPerRound: 20,
  promptChars: 2000,
  answerChars: 10_000,
  /** Bytes of one piece of a file of a submit host. */
  fileBytes: 1024 * 1024,
  /** Entries of one folder of a submit host that are listed. */
  entriesListed: 10_000,
  /** Bytes of one answer to `pilots.log`. */
  logBytes: 256 * 1024,
  /** Workers of a pilot whose output is listed: those that have printed last. */
  workerLogs: 64,
  /** Of these leases of a pilot, the newest, logs are listed. */
  leasesLooked: 4,
  /** Tasks kept in memory and shown; older finished ones are forgotten first. */
  tasksKept: 200_000,
  /** Task groups kept and shown; the oldest that have nothing unfinished are forgotten first. */
  groupsKept: 5000,
  /** Ended pilots kept listed in each pool. */
  endedPilotsKept: 1000
} as const;

/** The times of the design, in one place; each can be set for a test by the bridge's `--times`. */
export const TIMES = {
  /** A bridge without clients and pilots ends after this. */
  bridgeIdleMs: 600_000,
  /** A pool that has not registered this long after its start is killed and started again. */
  registerWithinMs: 20_000,
  /** A kernel whose connection broke while its process lives has this long to come back. */
  kernelReturnMs: 10_000,
  /** After a start the bridge waits this long for kernels and agents of its predecessor. */
  reunionMs: 30_000,
  /** Lease requests that arrive within this are one submission. */
  coalesceMs: 50,
  /** A submission whose reply never came never was, if its scheduler answers for this long without its jobs. */
  submissionSettleMs: 30_000,
  /** Pilots whose only ways home do not open are not submitted before one does; for so long. `uplink_failed`. */
  uplinkWaitMs: 300_000,
  /** No command at a submit host may take longer, whatever it is. */
  commandMs: 600_000,
  /** How often changes are sent to views. */
  changesEveryMs: 25,
  /** A task its agent runs no more counts as running for this long, while its kernel's word is under way. */
  finalWordMs: 500,
  /** Tasks are written to the database at most this often. */
  saveEveryMs: 500,
  /** An agent that says nothing for this long has lost contact. */
  agentSilenceMs: 10_000,
  /** How often both ends of an agent's connection ping. */
  agentPingMs: 3_000,
  /** An agent that has not answered a question within this does not. `agent_unreachable`. */
  agentAnswerMs: 5_000,
  /** How long a submit host is taken to wait for a login (sshd_config(5), LoginGraceTime). */
  loginGraceMs: 120_000,
  /** No login takes longer, whatever its host allows. */
  loginMostMs: 900_000,
  /** A connection that came without a person comes back after the first; each pause is twice the one before. */
  returnFirstMs: 1_000,
  returnMostMs: 300_000
} as const;
export type Times = { -readonly [K in keyof typeof TIMES]: number };
