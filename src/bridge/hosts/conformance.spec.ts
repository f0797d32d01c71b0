import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ShellTransport } from '../ssh/connections/transport.fixture';
import { behavesAsHost, newHome, type IHostUnderTest } from './conformance.fixture';
import { LocalHost } from './local';
import { hostOver, TestLink } from './remote/link.fixture';

jest.setTimeout(120_000);

/** A submit host elsewhere, played by a shell of this machine with a home folder of its own. */
function elsewhere(): IHostUnderTest {
  const home = newHome();
  const own = join(home, 'home');
  mkdirSync(own);
  const environment = { HOME: own, PATH: '/usr/bin:/bin', NOISE: '1', SBATCH_ACCOUNT: 'x' };
  const transport = new ShellTransport({ environment });
  return {
    host: hostOver(new TestLink(transport)),
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
  behavesAsHost(() => Promise.resolve(elsewhere()));
});
