/**
 * The file of a key that lives in a FIDO device, as ssh-keygen writes it
 * (PROTOCOL.key, PROTOCOL.u2f): no such device is here, and none is needed to
 * see what it is.
 */
export function securityKeyFile(encrypted = false): string {
  const string = (bytes: Buffer | string): Buffer => {
    const content = Buffer.from(bytes as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  };
  const type = string('sk-ssh-ed25519@openssh.com');
  const half = Buffer.concat([type, string(Buffer.alloc(32, 7)), string('ssh:')]);
  const check = Buffer.alloc(8, 1);
  const rest = [Buffer.from([1]), string('handle'), string(''), string('of a test')];
  const open = Buffer.concat([check, half, ...rest]);
  const padding = Buffer.from(
    Array.from({ length: (16 - (open.length % 16)) % 16 }, (_, at) => at + 1)
  );
  const salt = Buffer.concat([string(Buffer.alloc(16, 3)), Buffer.from([0, 0, 0, 16])]);
  const cipher = encrypted ? ['aes256-ctr', 'bcrypt', salt] : ['none', 'none', ''];
  const all = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...cipher.map(string),
    Buffer.from([0, 0, 0, 1]),
    string(half),
    string(Buffer.concat([open, padding]))
  ]);
  const lines = all.toString('base64').match(/.{1,70}/g) ?? [];
  const [begin, end] = ['BEGIN', 'END'].map(word => `-----${word} OPENSSH PRIVATE KEY-----`);
  return [begin, ...lines, end, ''].join('\n');
}
