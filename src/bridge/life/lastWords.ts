import type { ILog } from '../tokens';

/**
 * What nobody caught ends the process, with its words in the log: never half
 * alive. The next bridge reads the database and carries on.
 */
export function endOnUncaught(log: ILog, version: string): void {
  const die = (event: string) => (error: unknown) => {
    log.error(event, error, { version, pid: process.pid });
    process.exit(1);
  };
  process.on('uncaughtException', die('uncaught_exception'));
  process.on('unhandledRejection', die('unhandled_rejection'));
}

/** Node prints warnings to stderr, which is the log's own file: puts them into the log instead. */
export function logWarnings(log: ILog): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    // That node:sqlite is young is known.
    if (name !== 'ExperimentalWarning') {
      log.warn('node_warning', { name, words: message });
    }
  });
}
