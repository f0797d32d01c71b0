import type { TransportOpener } from './login.fixture';
import { breaks } from './transportCases/breaks.fixture';
import { carriesConnections } from './transportCases/connections.fixture';
import { runsPrograms } from './transportCases/programs.fixture';
import { transportRoom } from './transportCases/room.fixture';

/**
 * What goes over one login, whichever transport it is: programs, connections of
 * both directions, and their end.
 * @param silence what it says where the other side is silent
 */
export function channelsOf(opener: TransportOpener, silence: unknown): void {
  const room = transportRoom(opener);
  runsPrograms(room);
  carriesConnections(room);
  breaks(room, silence);
}
