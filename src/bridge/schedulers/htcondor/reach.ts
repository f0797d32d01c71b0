import { htcondorWhy, portWhy, type FieldProblem, type Profile } from '../../../protocol';
import { parseAddress, wantsDirect } from '../../tunnels/uplinks/ports';
import type { JobReport } from '../tokens';

/**
 * Ports of which OSPool's pilots try whether they can be dialled out to, and
 * say so as `PORT_8443` of the slot (opensciencegrid/osg-flock,
 * ospool-pilot/main/pilot/advertise-base). 443 is none of them.
 */
const TOLD_PORTS: readonly number[] = [80, 1094, 2880, 8000, 8443, 27_017];

/** The port of the relay without which pilots of this profile have no way home; null: they may have another. */
function relayPort({ uplink }: Profile): number | null {
  const leading = uplink.kinds.filter(kind => kind !== 'direct' || wantsDirect(uplink));
  const isRelayAlone = leading.length > 0 && leading.every(kind => kind === 'relay');
  return isRelayAlone ? (parseAddress(uplink.relay ?? '')?.port ?? null) : null;
}

const tellsPorts = ({ scheduler }: Profile): boolean =>
  scheduler.kind === 'htcondor' && scheduler.tellsPorts;

/** The port that a pilot's machine must be known to reach; null: none, or machines do not tell. */
export function portToReach(profile: Profile): number | null {
  const port = relayPort(profile);
  return port !== null && tellsPorts(profile) && TOLD_PORTS.includes(port) ? port : null;
}

/** As a ClassAd expression: a machine that does not say it is not taken. */
export const reaches = (port: number): string => `PORT_${port} =?= True`;

/** A report that says what the pilot waits for, if it is a machine that reaches a port. */
export function withPort(report: JobReport, port: number | null): JobReport {
  const waits = report.state === 'queued' && report.why?.code === IDLE;
  return waits && port !== null ? { ...report, why: portWhy(port, report.words) } : report;
}
const IDLE = htcondorWhy('Idle', '').code;

/** A relay at a port of which no machine tells. */
export function reachProblems(profile: Profile): FieldProblem[] {
  const port = relayPort(profile);
  return port === null || !tellsPorts(profile) || TOLD_PORTS.includes(port)
    ? []
    : [
        {
          field: 'uplink.relay',
          message: `Machines tell whether they reach the ports ${TOLD_PORTS.join(', ')}, and nothing of ${port}: pilots will start on some that cannot reach the relay. Run it at one of these.`,
          severity: 'warning'
        }
      ];
}
