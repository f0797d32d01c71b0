import { execFileSync } from 'node:child_process';
import { ROOT } from '../schedulers/realSite.fixture';
import { TestbedFaces } from './testbedFaces.fixture';

describe('the faces of the testbed', () => {
  let faces: TestbedFaces;

  beforeAll(async () => {
    faces = await TestbedFaces.share('ssh');
  }, 120_000);

  afterAll(async () => {
    await faces.leave();
  });

  it('are found by name, with what a person has to log in', () => {
    expect(faces.face('totp')).toMatchObject({ port: 923, asks: 'keyboard-interactive' });
    expect(() => faces.face('nobody')).toThrow('no face nobody');
    expect(faces.secrets.password).not.toBe('');
  });

  it('show the same code as the telephone of the other tests', () => {
    const code = `import sys
from testbed.ssh.totp import code
print(code(sys.argv[1], 1234567890), end="")`;
    const argv = ['-c', code, faces.secrets.totp];
    const said = execFileSync('/usr/bin/python3', argv, { cwd: ROOT, encoding: 'utf8' });
    expect(faces.code(1_234_567_890_000)).toBe(said);
  });
});
