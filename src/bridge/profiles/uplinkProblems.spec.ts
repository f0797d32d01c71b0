import { hostname } from 'node:os';
import { Profile, type WrittenProfile } from '../../protocol';
import { uplinkProblems } from './uplinkProblems';

const there = { address: 'login.example.org' };
const fieldsOf = (written: Partial<WrittenProfile>): string[] =>
  uplinkProblems(Profile.parse({ name: 'site', ...written })).map(({ field }) => field);

it.each<[string, Partial<WrittenProfile>, string[]]>([
  ['nothing said, here', {}, []],
  ['nothing said, here by name', { submitHost: { address: hostname() } }, []],
  ['nothing said, elsewhere', { submitHost: there }, ['uplink.kinds']],
  [
    'nothing said, behind a forwarded port of this machine',
    { submitHost: { address: 'localhost', port: 2222 } },
    ['uplink.kinds']
  ],
  ['a relay there', { submitHost: there, uplink: { kinds: ['submit-host'] } }, []],
  ['a relay here', { uplink: { kinds: ['submit-host'] } }, ['uplink.kinds']],
  [
    'an address of this machine',
    { submitHost: there, uplink: { listenAddress: '192.0.2.7', listenPorts: '9000-9010' } },
    []
  ],
  [
    'loopback for pilots elsewhere',
    { submitHost: there, uplink: { listenAddress: '127.0.0.1' } },
    ['uplink.listenAddress']
  ],
  [
    'loopback that something forwards to',
    {
      submitHost: there,
      uplink: { listenAddress: '127.0.0.1', advertiseAddress: 'gate.example.org' }
    },
    []
  ],
  ['loopback, here', { uplink: { listenAddress: '127.0.0.1' } }, []],
  ['ports the wrong way round', { uplink: { listenPorts: '9010-9000' } }, ['uplink.listenPorts']],
  [
    'ports that are none',
    { submitHost: there, uplink: { kinds: ['submit-host'], submitHostPorts: '0-70000' } },
    ['uplink.submitHostPorts']
  ],
  [
    'a relay without a name',
    { submitHost: there, uplink: { kinds: ['relay'] } },
    ['uplink.relay', 'uplink.relaySecretFile']
  ],
  [
    'a relay',
    {
      submitHost: there,
      uplink: { kinds: ['relay'], relay: 'relay.example.org:8443', relaySecretFile: '/s' }
    },
    []
  ]
])('%s', (_, written, fields) => {
  expect(fieldsOf(written)).toEqual(fields);
});
