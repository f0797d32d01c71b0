import { randomBytes } from 'node:crypto';
import { CONTENT_HEADER_BYTES, CONTENT_LIMITS } from '../../protocol';
import { PeerError } from '../tunnels';
import { readPiece } from './pieces';

it('no bytes do anything else than be a piece or be refused', () => {
  for (let turn = 0; turn < 5000; turn += 1) {
    const content = randomBytes(turn % 40);
    let found: ReturnType<typeof readPiece>;
    try {
      found = readPiece(content);
    } catch (error) {
      expect(error).toBeInstanceOf(PeerError);
      continue;
    }
    expect(found.bytes).toBe(content.length - CONTENT_HEADER_BYTES);
    expect(found.offset).toBeLessThanOrEqual(CONTENT_LIMITS.contentBytes);
  }
  expect(() =>
    readPiece(Buffer.alloc(CONTENT_HEADER_BYTES + CONTENT_LIMITS.pieceBytes + 1))
  ).toThrow(PeerError);
});
