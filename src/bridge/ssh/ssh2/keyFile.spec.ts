import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { securityKeyFile } from '../securityKey.fixture';
import { parseKeyFile } from './keyFile';

describe('a security key', () => {
  it.each([false, true])('is told by its file, with a passphrase: %p', encrypted => {
    expect(parseKeyFile(securityKeyFile(encrypted), '/k')).toEqual({
      ...{ kind: 'unfit', path: '/k', what: 'the security key of /k' }
    });
  });

  it('has the file that ssh-keygen knows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ph-key-'));
    const file = join(folder, 'key');
    writeFileSync(file, securityKeyFile(), { mode: 0o600 });
    const told = execFileSync('ssh-keygen', ['-l', '-f', file]).toString();
    rmSync(folder, { recursive: true });
    expect(told).toContain('(ED25519-SK)');
  });
});
