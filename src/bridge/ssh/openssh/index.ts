import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TIMES } from '../../../protocol';
import { PilothouseError } from '../../errors';
import {
  type ISshSettings,
  type ISshSurroundings,
  ownSurroundings,
  routeTo,
  settingsOf
} from '../config';
import { readKnownFiles } from '../knownHosts';
import { SSH_TIMES, type SshTimes } from '../times';
import type { ITransport, OpenTransport, SshTarget } from '../tokens';
import { AskpassDoor } from './askpass';
import { HOP_VARIABLE, type ISshRun, jumpScript, masterWords } from './commandLine';
import { CONTROL, endLeftovers, makeFolder } from './folder';
import { OpenSshLogin } from './login';
import { hostName } from './loginParts';
import { Master } from './master';
import { Control } from './mux/control';
import { Proxy } from './mux/proxy';
import { OpenSshTransport } from './transport';

/**
 * Makes `openOpenSsh`; what it reads of this machine and its times are arguments.
 * @param graceMs how long a machine waits for a whole login, as far as it is known
 */
export const openSshOpener =
  (
    around: () => ISshSurroundings,
    times: SshTimes = SSH_TIMES,
    graceMs: number = TIMES.loginGraceMs
  ): OpenTransport =>
  async (context, target, { audience, persons, signal }) => {
    const cancelled = (): Error =>
      signal.reason instanceof PilothouseError
        ? signal.reason
        : new PilothouseError({ code: 'login_cancelled', params: { host: target.address } });
    const surroundings = around();
    const { ssh } = surroundings;
    if (ssh === null) {
      throw missing('ssh');
    }
    const { way, isWhole } = await machinesOn(target, surroundings);
    const known = way.flatMap(each => [...each.knownHostsFiles, ...each.globalKnownHostsFiles]);
    const lines = await readKnownFiles([...new Set(known)]);
    await endLeftovers(context);
    if (signal.aborted) {
      throw cancelled();
    }
    const folder = await makeFolder(context.folders);
    const controlPath = join(folder, CONTROL);
    const { configFile } = surroundings;
    const run = { configFile, times };
    const through = isWhole ? await writeJumps(folder, ssh, way, run) : null;
    const machine = way[way.length - 1];
    const words = masterWords(target, { ...run, controlPath, machine, through });
    // Where a ProxyCommand leads is not known, nor who asks on its way.
    const hop = isWhole ? { [HOP_VARIABLE]: String(way.length - 1) } : {};
    return new Promise<ITransport>((resolve, reject) => {
      let over = false;
      let master: Master | null = null;
      let door: AskpassDoor | null = null;
      const fail = (why: Error): void => {
        if (!over) {
          over = true;
          signal.removeEventListener('abort', cancel);
          // Before its questions are let go of, so that none is answered by nothing.
          master?.kill();
          door?.dispose();
          if (master === null) {
            rmSync(folder, { recursive: true, force: true });
          }
          reject(why);
        }
      };
      const cancel = (): void => fail(cancelled());
      signal.addEventListener('abort', cancel);
      const login = new OpenSshLogin({
        ...{ context, way, audience, persons, lines, fail, graceMs },
        ready: () => void enter()
      });
      const enter = async (): Promise<void> => {
        const opened = await connectTo(controlPath);
        if (opened === null || over || master === null) {
          opened?.proxy.close();
          opened?.control.close();
          return;
        }
        over = true;
        signal.removeEventListener('abort', cancel);
        login.finish();
        const host = hostName(way[way.length - 1]);
        const { key, methods, neededPerson } = login;
        context.log.info('ssh_connected', { host, methods, by: 'openssh' });
        resolve(
          new OpenSshTransport({
            ...{ context, times, host, master, key, methods, neededPerson },
            ...opened,
            lastWords: () => login.lastWords
          })
        );
      };
      if (signal.aborted) {
        cancel();
        return;
      }
      login.begin();
      AskpassDoor.open(folder, process.execPath, question => login.answer(question)).then(
        opened => {
          door = opened;
          if (over) {
            opened.dispose();
            rmSync(folder, { recursive: true, force: true });
            return;
          }
          const asking = { ...askingBy(opened, surroundings), ...hop };
          const environment = { ...surroundings.environment, ...asking };
          master = new Master(context.clock, folder, ssh, words, environment, line =>
            login.hear(line)
          );
          void master.ended.then(() => {
            fail(login.why());
            opened.dispose();
          });
        },
        (error: unknown) => fail(error instanceof Error ? error : new Error(String(error)))
      );
    });
  };

/** Logs in by this machine's ssh, as its configuration says. */
export const openOpenSsh: OpenTransport = openSshOpener(ownSurroundings);

const missing = (command: string): PilothouseError =>
  new PilothouseError({ code: 'command_missing', params: { command, tried: '' } });

/** ssh asks by the program, also before 8.4, which knows no `SSH_ASKPASS_REQUIRE` and wants a display. */
const askingBy = (
  door: AskpassDoor,
  { environment }: ISshSurroundings
): Record<string, string> => ({
  SSH_ASKPASS: door.program,
  SSH_ASKPASS_REQUIRE: 'force',
  ...(environment.DISPLAY === undefined ? { DISPLAY: ':none' } : {})
});

/**
 * Programs that lead through the machines on the way, one after the other.
 * @returns the one that leads to the last of them; null: that is dialled
 */
async function writeJumps(
  folder: string,
  ssh: string,
  way: readonly ISshSettings[],
  run: Pick<ISshRun, 'configFile' | 'times'>
): Promise<string | null> {
  let through: string | null = null;
  for (const [hop, machine] of way.slice(0, -1).entries()) {
    const program = join(folder, `hop-${hop}`);
    const script = jumpScript(ssh, machine, hop, { ...run, through });
    await writeFile(program, script, { mode: 0o700, flag: 'wx' });
    through = program;
  }
  return through;
}

/** The machines on the way; not the whole of it where there is a ProxyCommand, which leads wherever it leads. */
async function machinesOn(
  target: SshTarget,
  around: ISshSurroundings
): Promise<{ way: readonly ISshSettings[]; isWhole: boolean }> {
  const { address, user, port, keyFile, jumpHosts } = target;
  const asked = {
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(jumpHosts.length === 0 ? {} : { jumpHosts })
  };
  try {
    return { way: await routeTo(asked, around), isWhole: true };
  } catch (error) {
    if (error instanceof PilothouseError && error.code === 'transport_unfit') {
      return { way: [await settingsOf(asked, around)], isWhole: false };
    }
    throw error;
  }
}

/** null: nobody listens there; a jump host was passed, or ssh has ended. */
async function connectTo(path: string): Promise<{ control: Control; proxy: Proxy } | null> {
  try {
    const through = await Control.open(path);
    const proxy = new Proxy(await through.proxy());
    return { proxy, control: await Control.open(path) };
  } catch {
    return null;
  }
}
