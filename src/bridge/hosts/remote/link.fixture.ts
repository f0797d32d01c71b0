import { HostId, TIMES } from '../../../protocol';
import { systemClock } from '../../clock';
import type { IConnection } from '../../ssh/connections';
import type { ITransport } from '../../ssh/tokens';
import type { IDisposable } from '../../tokens';
import { RemoteHost } from '.';

/** A connection that a test makes and breaks. */
export class TestLink implements Pick<IConnection, 'host' | 'transport' | 'onConnection'> {
  constructor(
    public transport: ITransport | null,
    name = 'alice@there'
  ) {
    this.host = HostId.parse(name);
  }

  readonly host: HostId;

  onConnection(call: (connected: boolean) => void): IDisposable {
    this._calls.add(call);
    return { dispose: () => void this._calls.delete(call) };
  }

  connect(transport: ITransport | null): void {
    this.transport = transport;
    for (const call of [...this._calls]) {
      call(transport !== null);
    }
  }

  get listeners(): number {
    return this._calls.size;
  }

  private readonly _calls = new Set<(connected: boolean) => void>();
}

/** A submit host on top of it; `logged`: events of the log. */
export function hostOver(link: TestLink, logged: string[] = []): RemoteHost {
  const note = (event: string): void => void logged.push(event);
  const log = { info: note, warn: note, error: note };
  return new RemoteHost({ clock: systemClock, log, machine: 'test', times: TIMES }, link);
}
