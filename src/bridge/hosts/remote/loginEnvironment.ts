import { PilothouseError } from '../../errors';
import { shellLine } from '../../ssh/line';
import type { ITransport } from '../../ssh/tokens';
import { commandEnvironment } from '../environment';
import { readEnvironment } from './answers';
import { exchange, type IExchangeContext, type Link } from './exchange';
import { newMarks } from './markers';
import { loginEnvironmentScript, PLAIN_ENVIRONMENT } from './scripts';

/** Start files that take longer are done without. */
const LOGIN_MS = 20_000;
const PLAIN_MS = 20_000;

/**
 * The environment that a login at the other machine gives, which is where sites
 * tell users' shells of their scheduler. Asked once for each connection.
 */
export class LoginEnvironment {
  constructor(
    private readonly _context: IExchangeContext,
    private readonly _connection: Link
  ) {}

  /** @throws PilothouseError login_needed, host_lost, channel_refused */
  get(transport: ITransport): Promise<NodeJS.ProcessEnv> {
    const known = this._known.get(transport);
    if (known !== undefined) {
      return known;
    }
    const asked = this._ask();
    this._known.set(transport, asked);
    asked.catch(() => this._known.delete(transport));
    return asked;
  }

  private async _ask(): Promise<NodeJS.ProcessEnv> {
    const { log } = this._context;
    const { host } = this._connection;
    const { begin, end } = newMarks();
    // As it prints them nothing has both in one piece but the answer.
    const line = shellLine(`printf '%s' '${begin}'; ${PLAIN_ENVIRONMENT}; printf '%s' '${end}'`);
    try {
      const body = loginEnvironmentScript(line);
      const said = await this._run(body, LOGIN_MS);
      const environment = readEnvironment(said, begin, end);
      if (environment?.PATH !== undefined) {
        return commandEnvironment(environment);
      }
      log.warn('host.login_environment', { host, words: said.slice(0, 200) });
    } catch (error) {
      if (!(error instanceof PilothouseError) || !OF_START_FILES.includes(error.code)) {
        throw error;
      }
      log.warn('host.login_environment', { host, problem: error.message });
    }
    const said = await this._run(`begin asks\n${PLAIN_ENVIRONMENT}`, PLAIN_MS);
    return commandEnvironment(readEnvironment(`${begin}${said}${end}`, begin, end) ?? {});
  }

  private async _run(body: string, timeoutMs: number): Promise<string> {
    const request = { command: 'the login shell', body, timeoutMs };
    const { stdout } = await exchange(this._context, this._connection, request);
    return stdout.toString('utf8');
  }

  private readonly _known = new WeakMap<ITransport, Promise<NodeJS.ProcessEnv>>();
}

/** What start files can do to an answer. */
const OF_START_FILES: readonly string[] = ['command_hangs', 'command_failed', 'answer_unreadable'];
