const NOW_MS = Date.now();

/** A snapshot, as the server's stream sends it, of a place with so many idle pilots and task groups. */
export const crowd = (pilots: number, groups: number): object => ({
  kind: 'snapshot',
  instance: 'crowd',
  seq: 1,
  atMs: NOW_MS,
  pools: [
    {
      pool: 'local',
      title: 'This computer',
      scheduler: 'local',
      submitHost: 'here',
      schedulerTrouble: null,
      wanted: { count: pilots, typed: pilots, asked: 0, min: 0, max: pilots },
      counts: {
        requested: 0,
        queued: 0,
        held: 0,
        suspended: 0,
        starting: 0,
        idle: pilots,
        busy: 0,
        draining: 0,
        lost: 0
      },
      workersPerPilot: 1,
      stopped: null,
      waitingWhy: null
    }
  ],
  pilots: Array.from({ length: pilots }, (_, index) => ({
    pilot: `p${index}`,
    pool: 'local',
    attempt: 1,
    state: 'idle',
    sinceMs: NOW_MS,
    cause: 'agent',
    words: '',
    end: null,
    createdAtMs: NOW_MS,
    startedAtMs: NOW_MS,
    endedAtMs: null,
    endsByMs: null,
    schedulerId: null,
    host: `node${index}`,
    site: null,
    cores: 1,
    memoryMiB: 1024,
    gpus: [],
    runtime: {},
    lease: null,
    running: [],
    ran: 0
  })),
  executors: [],
  groups: Array.from({ length: groups }, (_, index) => ({
    group: `g${index}`,
    run: 'r1',
    origin: { pid: 1, workingFolder: '/', notebook: 'crowd.ipynb' },
    cell: null,
    app: `app ${index}`,
    total: 50,
    waiting: 0,
    waitingForFutures: 0,
    running: 0,
    done: 50,
    fromMemory: 0,
    failed: 0,
    retried: 0,
    waitsFor: [],
    pilotsNow: 0,
    sites: [],
    firstAtMs: NOW_MS,
    lastAtMs: NOW_MS,
    error: null,
    kernelGone: false
  })),
  brokenProfiles: []
});
