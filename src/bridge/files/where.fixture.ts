import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../clock';
import { newHome } from '../hosts/conformance.fixture';
import { TestLink } from '../hosts/remote/link.fixture';
import { ShellTransport } from '../ssh/connections/transport.fixture';
import { Account } from './account';
import { shellsHere } from './here';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
export const CONTEXT = { clock: systemClock, log: quiet };

/** Files at a place, which a test sees here, too. */
export interface IWhere {
  readonly account: Account;
  /** An empty folder there. */
  readonly folder: string;
  /** null: this machine, whose connection nothing cuts. */
  readonly link: TestLink | null;
  readonly transport: ShellTransport | null;
  close(): void;
}

/** @param shell runs each line there instead of /bin/sh */
export function elsewhere(shell?: string): IWhere {
  const home = newHome();
  const folder = join(home, 'home');
  mkdirSync(folder);
  const environment = { HOME: folder, PATH: '/usr/bin:/bin' };
  const transport = new ShellTransport({ environment, ...(shell === undefined ? {} : { shell }) });
  const link = new TestLink(transport);
  return {
    account: new Account(CONTEXT, link),
    ...{ folder, link, transport },
    close: () => {
      transport.dispose();
      rmSync(home, { recursive: true, force: true });
    }
  };
}

export function here(): IWhere {
  const folder = newHome();
  return {
    account: new Account(CONTEXT, shellsHere('here')),
    ...{ folder, link: null, transport: null },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/** A shell of nobody, who may do what the bits of others say, even where tests run as root. */
export function shellOfNobody(folder: string): string {
  const path = join(folder, 'shell');
  const become =
    process.getuid?.() === 0 ? 'setpriv --reuid 65534 --regid 65534 --clear-groups' : '';
  writeFileSync(path, `#!/bin/sh\nexec ${become} /bin/sh "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
