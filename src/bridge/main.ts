import { join } from 'node:path';
import { systemClock } from './clock';
import { startBridge } from './life/bridge';
import { endOnUncaught, logWarnings } from './life/lastWords';
import { openLog } from './log';
import { parseOptions, type IBridgeOptions } from './options';
import { createPools } from './pools';

/** The bridge's process: options, log, signals; all else is in startBridge. */
process.umask(0o077);

async function main(options: IBridgeOptions): Promise<void> {
  const log = openLog(join(options.stateFolder, 'bridge.log'), systemClock);
  endOnUncaught(log, options.version);
  logWarnings(log);
  // Standard input is the lock (docs/architecture.md): it stays open, unread, to the end.
  process.on('SIGHUP', () => {
    // The terminal that started the starter has gone; the bridge outlives it.
  });

  const bridge = await startBridge(options, { clock: systemClock, log, createPools }).catch(
    (error: unknown) => {
      log.error('bridge_start_failed', error, { version: options.version, pid: process.pid });
      throw error;
    }
  );
  process.on('SIGTERM', () => void bridge.end('SIGTERM'));
  process.on('SIGINT', () => void bridge.end('SIGINT'));
  await bridge.ended;
  log.dispose();
  process.exit(0);
}

function readOptions(): IBridgeOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    // There is no log yet: stderr is what the starter shows.
    process.stderr.write(`pilothouse bridge: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

main(readOptions()).catch((error: unknown) => {
  process.stderr.write(
    `pilothouse bridge: ${error instanceof Error ? error.message : String(error)}\n`
  );
  process.exit(1);
});
