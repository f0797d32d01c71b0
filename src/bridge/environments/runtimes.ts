import { PilothouseError } from '../errors';
import type { IBridgeContext } from '../tokens';
import type { IRuntimeArchive, IRuntimes } from './tokens';

/** Runtimes of this machine's Pythons. */
export function createRuntimes({ machine }: IBridgeContext): IRuntimes {
  return {
    archive: (python): Promise<IRuntimeArchive> =>
      Promise.reject(
        new PilothouseError({
          code: 'runtime_failed',
          params: { python, problem: 'runtimes cannot be made yet' },
          machine
        })
      ),
    dispose: () => undefined
  };
}
