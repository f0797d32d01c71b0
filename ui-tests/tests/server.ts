import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { endHome, gone } from '../ending';
import type { Environment } from '../home';
import { makeHome, profileFile } from '../home';

const ANSWERS_WITHIN_MS = 60000;

/** A profile, as far as all have it. */
export interface IPlace {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface IServer {
  readonly url: string;
  readonly environment: Environment;
  /** Writes a place's profile. */
  addPlace(profile: IPlace): void;
  /** Ends it, its bridge and its pilots, and removes its folders. */
  end(): Promise<void>;
}

/**
 * A Jupyter server of one test, with folders of its own.
 *
 * @param application What `jupyter` is to start.
 * @param variables Further environment.
 */
export async function startServer(
  application: 'lab' | 'notebook',
  variables: Readonly<Record<string, string>> = {}
): Promise<IServer> {
  const home = makeHome();
  const port = String(await freePort());
  const server = spawn(
    'jupyter',
    [application, '--log-level=ERROR', '--config', 'jupyter_server_test_config.py'],
    {
      cwd: path.resolve(__dirname, '..'),
      env: { ...process.env, ...home.environment, ...variables, PILOTHOUSE_TEST_PORT: port },
      stdio: 'ignore'
    }
  );
  const { pid } = server;
  const end = async (): Promise<void> => {
    server.kill('SIGTERM');
    if (pid !== undefined) {
      await gone(pid);
    }
    await endHome(home);
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(`${url}/api/status`);
  } catch (error) {
    await end();
    throw error;
  }
  const addPlace = (profile: IPlace): void => {
    const file = profileFile(home.environment, profile.name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(profile));
  };
  return { url, environment: home.environment, addPlace, end };
}

async function answers(url: string): Promise<void> {
  const untilMs = Date.now() + ANSWERS_WITHIN_MS;
  for (;;) {
    try {
      if ((await fetch(url)).ok) {
        return;
      }
    } catch (error) {
      // Nobody listens yet.
      if (Date.now() > untilMs) {
        throw new Error(`nobody answers at ${url}`, { cause: error });
      }
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** A port that nobody has just now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
