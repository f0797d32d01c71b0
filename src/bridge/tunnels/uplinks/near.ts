import { join } from 'node:path';
import type { Profile, Uplink } from '../../../protocol';
import type { IBridgeContext, IPilotStore } from '../../tokens';
import { writePrivateFile } from '../privateFiles';
import type { IAddress, IDoorOfAgents, ILogins, IUplink } from '../tokens';
import { LocalUsers } from './localUsers';
import { AgentPort } from './port';
import { ANY_PORT, candidates } from './ports';

const HOST = '127.0.0.1';
const PORT_KEY = 'agents.port';

/** For pilots of this machine: loopback, the same port after a restart if it is free. */
export class NearUplink implements IUplink {
  constructor(
    context: IBridgeContext,
    private readonly _store: Pick<IPilotStore, 'value' | 'putValue'>,
    door: IDoorOfAgents & { readonly crowded: boolean },
    private readonly _logins: ILogins
  ) {
    this.contactFile = join(context.folders.state, 'contact.json');
    const users = new LocalUsers(context.clock, () => door.crowded);
    this._port = new AgentPort(door, context.log, users);
  }

  readonly kind = 'near';
  /** Tells pilots that see this machine's files of the port, should it have to be another. */
  readonly contactFile: string;

  get port(): number {
    return this._port.port;
  }

  async start(): Promise<void> {
    const before = Number(this._store.value(PORT_KEY) ?? 0);
    await this._port.listen(HOST, candidates(ANY_PORT, before));
    this._store.putValue(PORT_KEY, String(this.port));
    writePrivateFile(this.contactFile, JSON.stringify({ host: HOST, port: this.port }));
  }

  addresses(profile: Profile): Promise<readonly IAddress[]> {
    return Promise.resolve(this.known(profile));
  }

  known(profile: Profile): readonly IAddress[] {
    return this._isHere(profile) ? [{ host: HOST, port: this.port }] : [];
  }

  /** It is open, or there is no bridge. */
  view(): Uplink | null {
    return null;
  }

  keep(): void {
    // It is always open.
  }

  dispose(): void {
    this._port.dispose();
  }

  private _isHere({ submitHost }: Profile): boolean {
    return this._logins.connection(submitHost) === null;
  }

  private readonly _port: AgentPort;
}
