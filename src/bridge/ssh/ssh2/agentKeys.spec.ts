import { parseIdentities } from './agentKeys';

const string = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const answer = (count: number, ...fields: Buffer[]): Buffer => {
  const head = Buffer.from([12, 0, 0, 0, 0]);
  head.writeUInt32BE(count, 1);
  return Buffer.concat([head, ...fields]);
};

describe('the keys of an agent', () => {
  it('that ssh2 cannot use are told by what they are', () => {
    const blob = string('sk-ssh-ed25519@openssh.com').toString('latin1');
    expect(parseIdentities(answer(1, string(blob), string('token')))).toEqual({
      keys: [],
      others: [{ algorithm: 'sk-ssh-ed25519@openssh.com', comment: 'token' }]
    });
  });

  it('are none where it has none', () => {
    expect(parseIdentities(answer(0))).toEqual({ keys: [], others: [] });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a refusal', Buffer.from([5])],
    ['more keys than there are', answer(4_000_000_000)],
    ['a key without an end', answer(1, Buffer.from([255, 255, 255, 255]))],
    ['a key without a name', answer(1, string('x'))]
  ])('are not in %s', (_, bytes) => {
    expect(() => parseIdentities(bytes)).toThrow('its ');
  });
});
