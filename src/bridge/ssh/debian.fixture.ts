import { spawnSync } from 'node:child_process';

/**
 * Makes sure of Debian packages that a test needs.
 * @throws Error with apt's words where one cannot be had
 */
export function installed(packages: readonly string[]): void {
  const missing = packages.filter(
    name =>
      !spawnSync('dpkg-query', ['-W', '-f', '${Status}', name])
        .stdout.toString()
        .includes('install ok installed')
  );
  if (missing.length === 0) {
    return;
  }
  const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  let run = spawnSync('apt-get', [...install, ...missing], { env });
  if (run.status !== 0) {
    spawnSync('apt-get', ['update'], { env });
    run = spawnSync('apt-get', [...install, ...missing], { env });
  }
  if (run.status !== 0) {
    throw new Error(`${missing.join(' ')} cannot be installed: ${run.stderr.toString()}`);
  }
}
