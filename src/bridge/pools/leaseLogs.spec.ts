import { LeaseFiles, LIMITS } from '../../protocol';
import { poolLog, workerLog, workerLogs } from './leaseLogs';

/** A lease whose files are given as name, size and when they were written to. */
const lease = (start: string, ...files: readonly [string, number, number][]): LeaseFiles =>
  LeaseFiles.parse({
    start,
    modifiedAtMs: 0,
    files: files.map(([name, size, modifiedAtMs]) => ({ name, size, modifiedAtMs }))
  });

describe('what leases have left', () => {
  it.each<[string, LeaseFiles[], string | null]>([
    ['nothing', [], null],
    ['a lease without files', [lease('s')], null],
    [
      'that which was written to last',
      [lease('s', ['pool.log', 1, 5], ['pool.out', 1, 9])],
      's pool.out'
    ],
    ['not an empty one', [lease('s', ['pool.log', 1, 5], ['pool.out', 0, 9])], 's pool.log'],
    ['an empty one if there is no other', [lease('s', ['pool.out', 0, 9])], 's pool.out'],
    [
      'of the newest lease',
      [lease('t', ['pool.log', 1, 5]), lease('s', ['pool.out', 1, 9])],
      't pool.log'
    ],
    ['no worker’s', [lease('s', ['worker-0.out', 1, 5])], null]
  ])('of pools: %s', (_, leases, expected) => {
    const found = poolLog(leases);
    expect(found && `${found.start} ${found.name}`).toBe(expected);
  });

  it('is listed by worker, of the newest lease in which it printed', () => {
    const leases = [
      lease('t', ['worker-10.out', 4, 90], ['worker-2.out', 3, 80], ['worker-1.out', 0, 95]),
      lease('s', ['worker-1.out', 2, 10], ['worker-2.out', 9, 70], ['worker-0.out', 1, 20])
    ];
    expect(workerLogs(leases).map(([worker, { start, size }]) => [worker, start, size])).toEqual([
      [2, 't', 3],
      [10, 't', 4],
      [0, 's', 1],
      [1, 's', 2]
    ]);
    expect(workerLog(leases, 1)).toMatchObject({ start: 's', name: 'worker-1.out' });
    expect(workerLog(leases, 7)).toBeNull();
  });

  it('is listed of those workers that printed last, and read of all', () => {
    const half = LIMITS.workerLogs;
    const many = lease(
      's',
      ...Array.from(
        { length: half + 1 },
        (_, worker) => [`worker-${worker}.out`, 1, worker] as [string, number, number]
      )
    );
    // A lease that is read here, and not told by an agent, has as many files as workers.
    expect(workerLogs([many]).map(([worker]) => worker)).toEqual(
      Array.from({ length: half }, (_, number) => number + 1)
    );
    expect(workerLog([many], 0)).not.toBeNull();
  });
});
