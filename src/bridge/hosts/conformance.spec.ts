import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostId, TIMES } from '../../protocol';
import { systemClock } from '../clock';
import { ShellTransport } from '../ssh/connections/transport.fixture';
import { behavesAsHost, newHome, type IHostUnderTest } from './conformance.fixture';
import { LocalHost } from './local';
import { RemoteHost } from './remote';

jest.setTimeout(120_000);

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A submit host elsewhere, played by a shell of this machine with a home folder of its own. */
function elsewhere(shell: string, files: Readonly<Record<string, string>> = {}): IHostUnderTest {
  const home = newHome();
  const own = join(home, 'home');
  mkdirSync(own);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(own, name, '..'), { recursive: true });
    writeFileSync(join(own, name), content);
  }
  const environment = { HOME: own, PATH: '/usr/bin:/bin', NOISE: '1', SBATCH_ACCOUNT: 'x' };
  const transport = new ShellTransport({ shell, environment });
  const connection = {
    host: HostId.parse('there'),
    transport,
    onConnection: () => ({ dispose: () => undefined })
  };
  const context = { clock: systemClock, log, machine: 'test', times: TIMES };
  return {
    host: new RemoteHost(context, connection as never),
    home,
    close: () => {
      transport.dispose();
      rmSync(home, { recursive: true, force: true });
    }
  };
}

describe('this machine', () => {
  behavesAsHost(() => {
    const home = newHome();
    const host = new LocalHost({ machine: 'here', folders: { state: home, runtime: home } });
    return Promise.resolve({
      host,
      home,
      close: () => {
        rmSync(home, { recursive: true });
      }
    });
  });
});

describe('another machine', () => {
  behavesAsHost(() => Promise.resolve(elsewhere('/bin/sh')));
});
