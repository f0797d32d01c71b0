import { posix } from 'node:path';
import type { z } from 'zod';
import type { LeaseFiles, PilotState, TO_AGENT } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IBridgeContext, IDisposable } from '../tokens';
import type { AgentMessage, IAgentConnection } from '../tunnels';
import { LEASES_FOLDER, type ILeaseLogs } from './leaseLogs';
import type { IPilotEntry } from './model';

type Said = Extract<AgentMessage, { method: 'agent.log' }>['params'];
type Answer = Said['answer'];
type Method = 'logs.list' | 'logs.read';

/** States of pilots whose agent has spoken, and may be away just now. */
const HAVE_AGENTS: ReadonlySet<PilotState> = new Set([
  'idle',
  'leased',
  'suspended',
  'draining',
  'lost'
]);

/** A question that its agent has not answered yet. */
interface IAsked {
  readonly connection: IAgentConnection;
  readonly timer: IDisposable;
  answered(answer: Answer): void;
  failed(problem: string): void;
}

/** What leases have left on pilots' own machines, asked of their agents. */
export class AgentLogs implements IDisposable {
  constructor(private readonly _context: Pick<IBridgeContext, 'clock' | 'times'>) {}

  /** Of one pilot; null: it has no agent, not yet or not any more. */
  of(entry: IPilotEntry): ILeaseLogs | null {
    const { host, state } = entry.record.pilot;
    if (entry.connection === null && !HAVE_AGENTS.has(state)) {
      return null;
    }
    let folder = '';
    return {
      list: async () => {
        const answer = await this._ask(entry, 'logs.list', {});
        if (answer.kind !== 'leases') {
          throw failure(entry, answer);
        }
        folder = answer.folder;
        return answer.leases satisfies readonly LeaseFiles[];
      },
      read: async ({ start, name }, offset, bytes) => {
        const answer = await this._ask(entry, 'logs.read', { start, name, offset, bytes });
        switch (answer.kind) {
          case 'none':
            return null;
          case 'piece': {
            const content = Buffer.from(answer.content, 'base64').subarray(0, bytes);
            return { bytes: content, offset: answer.offset, size: answer.size };
          }
          default:
            throw failure(entry, answer);
        }
      },
      pathOf: ({ start, name }) => `${host ?? ''}:${posix.join(folder, LEASES_FOLDER, start, name)}`
    };
  }

  /** An agent's answer; one to a question that nobody waits for any more is old news. */
  said(connection: IAgentConnection, { id, answer }: Said): void {
    const asked = this._asked.get(id);
    if (asked?.connection === connection) {
      this._take(id)?.answered(answer);
    }
  }

  /** This agent answers no more by this connection. */
  left(connection: IAgentConnection): void {
    for (const [id, asked] of this._asked) {
      if (asked.connection === connection) {
        this._take(id)?.failed('its connection broke');
      }
    }
  }

  dispose(): void {
    for (const id of this._asked.keys()) {
      this._take(id)?.failed('the bridge ends');
    }
  }

  private _ask<M extends Method>(
    entry: IPilotEntry,
    method: M,
    params: Omit<z.infer<(typeof TO_AGENT)[M]>, 'id'>
  ): Promise<Answer> {
    const { connection } = entry;
    if (connection === null) {
      return Promise.reject(unreachable(entry, 'there is no contact with it just now'));
    }
    const { clock, times } = this._context;
    const id = (this._last += 1);
    return new Promise((resolve, reject) => {
      this._asked.set(id, {
        connection,
        timer: clock.after(times.agentAnswerMs, () => {
          this._take(id)?.failed(`no answer within ${times.agentAnswerMs / 1000} s`);
        }),
        answered: resolve,
        failed: problem => reject(unreachable(entry, problem))
      });
      connection.send(method, { ...params, id } as z.infer<(typeof TO_AGENT)[M]>);
    });
  }

  private _take(id: number): IAsked | undefined {
    const asked = this._asked.get(id);
    this._asked.delete(id);
    asked?.timer.dispose();
    return asked;
  }

  private readonly _asked = new Map<number, IAsked>();
  private _last = 0;
}

function unreachable(entry: IPilotEntry, problem: string): PilothouseError {
  const { pilot, host } = entry.record.pilot;
  return new PilothouseError({
    code: 'agent_unreachable',
    params: { pilot, problem },
    machine: host ?? undefined
  });
}

/** What an agent said in place of what it was asked for. */
function failure(entry: IPilotEntry, answer: Answer): PilothouseError {
  const { pilot, host } = entry.record.pilot;
  const problem =
    answer.kind === 'failed'
      ? answer.problem
      : `it answers with ${answer.kind}, which was not asked`;
  return new PilothouseError({
    code: 'file_failed',
    params: { pilot, path: LEASES_FOLDER, problem },
    machine: host ?? undefined
  });
}
