import { join } from 'node:path';
import { RemoteHost } from '../hosts/remote';
import { TestLink } from '../hosts/remote/link.fixture';
import type { IHost } from '../hosts/tokens';
import { Person } from '../ssh/login.fixture';
import { makeKey, startSshd } from '../ssh/sshd.fixture';
import type { IBridgeContext } from '../tokens';

/** A submit host of a test, and how it is reached. */
export interface IReached {
  readonly host: IHost;
  leave(): Promise<void>;
}

/** This machine as a submit host elsewhere: behind a real sshd, with this in a login's environment. */
export async function reachBySsh(
  context: IBridgeContext,
  environment: Readonly<Record<string, string>>
): Promise<IReached> {
  const person = new Person();
  const key = join(person.home, 'key');
  const settings = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
  const lines = settings.length === 0 ? [] : [`SetEnv ${settings.join(' ')}`];
  const sshd = await startSshd([makeKey(key)], lines);
  person.knows(sshd.knownLine);
  const transport = await person.open({ port: sshd.port, keyFile: key });
  return {
    host: new RemoteHost(context, new TestLink(transport, 'root@site')),
    leave: async () => {
      transport.dispose();
      await sshd.stop();
      person.leave();
    }
  };
}
