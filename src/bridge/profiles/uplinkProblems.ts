import type { FieldProblem, Profile } from '../../protocol';
import { isThisMachine, targetOf } from '../hosts';
import { isAnyAddress, parseAddress, parsePorts, wantsDirect } from '../tunnels/uplinks/ports';
import { error } from './problem';

/** Ways home that lead nowhere: said here, and not by pilots that never come. */
export function uplinkProblems({ uplink, submitHost }: Profile): FieldProblem[] {
  const { kinds, relay, relaySecretFile } = uplink;
  const problems: FieldProblem[] = [];
  for (const field of ['listenPorts', 'submitHostPorts'] as const) {
    if (parsePorts(uplink[field]) === null) {
      problems.push(
        error(`uplink.${field}`, 'A port is 1 to 65535, and a range begins with its lower end.')
      );
    }
  }
  if (kinds.includes('relay') && parseAddress(relay ?? '') === null) {
    problems.push(
      error('uplink.relay', 'Give the relay’s address and port, as in relay.example.org:8443.')
    );
  }
  if (kinds.includes('relay') && relaySecretFile === undefined) {
    problems.push(
      error(
        'uplink.relaySecretFile',
        'Give the file with the secret that the relay was started with.'
      )
    );
  }
  if (targetOf(submitHost) !== null) {
    problems.push(...elsewhereProblems(uplink));
  } else if (kinds.includes('submit-host')) {
    problems.push(
      error(
        'uplink.kinds',
        'The submit host is this machine: choose direct, and say at which address pilots dial it.'
      )
    );
  }
  return problems;
}

/** Pilots there cannot dial this machine's loopback. */
function elsewhereProblems(uplink: Profile['uplink']): FieldProblem[] {
  const { kinds, listenAddress = '', advertiseAddress } = uplink;
  if (kinds.some(kind => kind !== 'direct')) {
    return [];
  }
  if (!wantsDirect(uplink)) {
    return [
      error(
        'uplink.kinds',
        'Pilots of another submit host cannot dial this machine’s loopback: choose submit-host (a relay there, over your login) or relay; or direct with an address of this machine that they can dial.'
      )
    ];
  }
  const isLoopback = isThisMachine(listenAddress) && !isAnyAddress(listenAddress);
  return isLoopback && advertiseAddress === undefined
    ? [error('uplink.listenAddress', 'Pilots elsewhere cannot dial this machine’s loopback.')]
    : [];
}
