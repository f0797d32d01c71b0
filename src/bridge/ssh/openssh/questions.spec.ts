import { algorithmOf, isMeant, type Told, tellQuestion } from './questions';

const NEW_KEY = `The authenticity of host '[127.0.0.1]:5522 ([127.0.0.1]:5522)' can't be established.
ED25519 key fingerprint is SHA256:A4+aa4tvUfoCchAqS0ZxVGL9RyQXP2R0nLOlJuRP+PI.`;
const OTHERS = `This host key is known by the following other names/addresses:
    /home/me/.ssh/known_hosts:1: foo,bar
    ~/.ssh/known_hosts:7: [hashed name]`;
const FINGERPRINT = 'SHA256:A4+aa4tvUfoCchAqS0ZxVGL9RyQXP2R0nLOlJuRP+PI';

const key = (name: string, alsoKnownAs: string[], byFingerprint: boolean): Told => ({
  ...{ kind: 'machine-key', name, type: 'ED25519', fingerprint: FINGERPRINT },
  ...{ alsoKnownAs, byFingerprint }
});

/** Questions of OpenSSH 9.2; the shorter one of a key is 7.4's. */
it.each<[string, string, Told]>([
  [
    'a new key',
    `${NEW_KEY}\nThis key is not known by any other names.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? `,
    key('[127.0.0.1]:5522', [], true)
  ],
  [
    'a key that others have',
    `${NEW_KEY}\n${OTHERS}\nAre you sure you want to continue connecting (yes/no/[fingerprint])? `,
    key('[127.0.0.1]:5522', ['foo', 'bar', '[hashed name]'], true)
  ],
  [
    'behind a jump host',
    `${NEW_KEY.replace('([127.0.0.1]:5522)', '(<no hostip for proxy command>)')}\nAre you sure you want to continue connecting (yes/no)? `,
    key('[127.0.0.1]:5522', [], false)
  ],
  [
    'a key in words that are not known',
    'Trust it? (yes/no/[fingerprint])? ',
    { kind: 'unknown-key' }
  ],
  ['no answer that ssh takes', "Please type 'yes', 'no' or the fingerprint: ", unknown()],
  ['a password', "a@b@h's password: ", prompt('password', "a@b@h's password: ", 'a@b', 'h')],
  [
    'a passphrase',
    "Enter passphrase for key '/k': ",
    passphrase("Enter passphrase for key '/k': ")
  ],
  ['a PIN', 'Enter PIN for ED25519-SK key /k: ', passphrase('Enter PIN for ED25519-SK key /k: ')],
  ['a code', '(me@h) Code\nof now: ', prompt('keyboard-interactive', 'Code\nof now: ', 'me', 'h')],
  [
    'a machine that claims to be another',
    '(me@jump) (me@final) Password: ',
    prompt('keyboard-interactive', '(me@final) Password: ', 'me', 'jump')
  ],
  ['before 8.8', 'Password: ', { ...prompt('keyboard-interactive', 'Password: '), login: null }]
])('%s', (_, text, told) => {
  expect(tellQuestion({ text, hint: '' })).toEqual(told);
});

function unknown(): Told {
  return { kind: 'unknown-key' };
}
function prompt(
  method: 'password' | 'keyboard-interactive',
  text: string,
  user = '',
  host = ''
): Extract<Told, { kind: 'prompt' }> {
  return { kind: 'prompt', method, text, login: { user, host }, confirm: false };
}
function passphrase(text: string): Told {
  return { kind: 'prompt', method: 'passphrase', text, login: null, confirm: false };
}

it('what wants no answer, or yes or no', () => {
  const touch = 'Confirm user presence for key ED25519-SK SHA256:x';
  expect(tellQuestion({ text: touch, hint: 'none' })).toEqual({ kind: 'notice', text: touch });
  expect(tellQuestion({ text: 'Add key /k to agent?', hint: 'confirm' })).toMatchObject({
    confirm: true
  });
});

it('a machine is meant by its name or its alias, and by its user', () => {
  const machine = { user: 'me', host: 'login.example', hostKeyAlias: 'gate' };
  const meant = (user: string, host: string): boolean => isMeant(machine, { user, host });
  expect([meant('me', 'Login.example'), meant('me', 'gate')]).toEqual([true, true]);
  expect([meant('you', 'gate'), meant('me', 'other')]).toEqual([false, false]);
});

it('types of keys have their names', () => {
  expect(['ED25519', 'RSA', 'ECDSA'].map(algorithmOf)).toEqual(['ssh-ed25519', 'ssh-rsa', 'ECDSA']);
});
