const KEPT = ['HOME', 'USER', 'LOGNAME', 'PATH', 'TMPDIR', 'SHELL', 'TZ', 'LANG'];
const FALLBACK_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The environment a job starts with: what a login gives, and nothing of the
 * process that happened to start the bridge. Leases bring their own.
 */
export function jobEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(own)) {
    if (KEPT.includes(name) || name.startsWith('LC_')) {
      kept[name] = value;
    }
  }
  return { ...kept, PATH: own.PATH ?? FALLBACK_PATH };
}
