import { PilotId, Profile, TIMES, type Pilot, type WrittenProfile } from '../../protocol';
import { pilotFile } from './pilotFile';

/** What of a profile's environment its agents are told. */
function told(written: Partial<WrittenProfile>): { files: string[]; workingFolder: string | null } {
  const pilot = { pilot: PilotId.parse('p1'), attempt: 1 } as Pilot;
  const { files, workingFolder } = pilotFile({
    pilot,
    profile: Profile.parse({ name: 'site', ...written }),
    kept: false,
    near: true,
    nowMs: 0,
    times: { ...TIMES },
    secrets: { derive: () => 'a'.repeat(64) } as never,
    uplinks: { fingerprint: 'b'.repeat(64), contactFile: '/contact.json' },
    addresses: [{ host: '127.0.0.1', port: 9000 }]
  });
  return { files, workingFolder };
}

const files = ['/data/a.csv', '~/b c.txt', 'osdf:///ospool/x.sif', '/data/all/', '/data/..'];

it.each([
  ['htcondor', ['a.csv', 'b c.txt', 'x.sif']],
  ['slurm', files]
] as const)('files that come along are told by where they are then (%s)', (kind, expected) => {
  expect(told({ scheduler: { kind }, environment: { files } }).files).toEqual(expected);
});

it.each([
  [undefined, null],
  ['', null],
  ['/scratch', '/scratch']
])('a folder %j that tasks run in is told as %j', (folder, expected) => {
  expect(told({ environment: { folder } }).workingFolder).toBe(expected);
});
