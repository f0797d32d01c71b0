import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '.';

/** What this machine does as any other host is in conformance.spec.ts. */
it('what a command printed is read, too, where the bridge was busy when it ended', async () => {
  const home = mkdtempSync(join(tmpdir(), 'ph-'));
  const host = new LocalHost({ machine: 'here', folders: { state: home, runtime: home } });
  const run = host.run({ argv: ['sh', '-c', 'printf %060000d 1'], timeoutMs: 60_000 });
  const hold = (): void => {
    // Longer than anybody waits for pipes.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  };
  const timer = setInterval(hold, 1);
  const { stdout } = await run;
  clearInterval(timer);
  expect(stdout).toHaveLength(60_000);
  rmSync(home, { recursive: true });
});
