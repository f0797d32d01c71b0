import { SSH_TIMES } from '../times';
import { masterWords } from './commandLine';

const run = {
  ...{ controlPath: '/run/50%/c', configFile: null, times: SSH_TIMES },
  strictHostKeys: false
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
    const strict = masterWords(target, { ...run, strictHostKeys: true });
    expect(strict).toContain('StrictHostKeyChecking=yes');
  });

  it.each(['a,-oProxyCommand=x@b', '-oX@b', 'a/b@c', 'u u@h'])('refuse the jump host %p', odd => {
    expect(() => masterWords({ ...target, jumpHosts: [odd] }, run)).toThrow('host_unreachable');
  });
});
