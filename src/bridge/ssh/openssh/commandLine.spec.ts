import { SSH_TIMES } from '../times';
import { jumpScript, masterWords } from './commandLine';

const run = {
  ...{ controlPath: '/run/50%/c', configFile: null, times: SSH_TIMES },
  machine: { strictHostKeys: false, forks: false },
  through: null
};
const target = { address: 'h', transport: 'openssh' as const, jumpHosts: [] };

describe('the words of ssh', () => {
  it('leave all to its configuration that the profile does not say', () => {
    const words = masterWords(target, run);
    expect(words.slice(0, 8)).toEqual(['-M', '-N', '-T', '-x', '-a', '-v', '-S', '/run/50%%/c']);
    expect(words.slice(-2)).toEqual(['--', 'h']);
    for (const option of ['-l', '-p', '-i', '-J', '-F']) {
      expect(words).not.toContain(option);
    }
    expect(words).toEqual(expect.arrayContaining(['ServerAliveInterval=15', 'ControlPersist=no']));
  });

  it('have what the profile says', () => {
    const more = {
      user: 'u',
      port: 23,
      keyFile: '~/k',
      jumpHosts: ['a@b:24', '[2001:db8::1]', 'c']
    };
    const words = masterWords({ ...target, ...more }, { ...run, configFile: '/c' }).join(' ');
    expect(words).toContain('-l u -p 23 -i ~/k -J a@b:24,[2001:db8::1],c -- h');
    expect(words).toContain('-F /c');
  });

  it('never leave it to the configuration to accept any machine key', () => {
    expect(masterWords(target, run)).toContain('StrictHostKeyChecking=ask');
    const strict = masterWords(target, {
      ...run,
      machine: { strictHostKeys: true, forks: true }
    });
    expect(strict).toContain('StrictHostKeyChecking=yes');
    expect(strict).toContain('ForkAfterAuthentication=no');
    // Which an older ssh than 8.7 does not know, and ends over.
    expect(masterWords(target, run).join()).not.toContain('Fork');
  });

  it.each(['a,-oProxyCommand=x@b', '-oX@b', 'a/b@c', 'u u@h'])('refuse the jump host %p', odd => {
    expect(() => masterWords({ ...target, jumpHosts: [odd] }, run)).toThrow('host_unreachable');
  });

  it('lead through programs in place of -J where the way is known', () => {
    const through = { ...run, through: '/run/it’s 50%/hop-0' };
    const words = masterWords({ ...target, jumpHosts: ['a'] }, through);
    expect(words).toContain("ProxyCommand='/run/it’s 50%%/hop-0' %h %p");
    expect(words).not.toContain('-J');
  });
});

it('a program on the way names its machine where it can be no option', () => {
  const asked = { address: '[2001:db8::1]', user: 'u$(x)', port: 23 };
  const machine = { ...run.machine, asked };
  const script = jumpScript("/b/it's ssh", machine, 1, { ...run, through: '/run/hop-0' });
  expect(script).toContain('export PILOTHOUSE_SSH_HOP=1\n');
  expect(script).toContain(`exec '/b/it'\\''s ssh' '-x' '-a' '-v' `);
  expect(script).toContain(`'StrictHostKeyChecking=ask'`);
  expect(script).toContain(`'ProxyCommand='\\''/run/hop-0'\\'' %h %p'`);
  expect(script).toContain(`'-l' 'u$(x)' '-p' '23' -W "[$1]:$2" '--' '2001:db8::1'\n`);
});
