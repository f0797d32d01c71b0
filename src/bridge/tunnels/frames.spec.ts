import { FrameKind } from '../../protocol';
import { encodeFrame, FrameDecoder, FrameError } from './frames';

describe('frames', () => {
  it('come out whole, however the bytes are cut', () => {
    const bytes = Buffer.concat([
      encodeFrame(FrameKind.json, 'first'),
      encodeFrame(FrameKind.stream, Buffer.alloc(0)),
      encodeFrame(FrameKind.json, 'ä'.repeat(300))
    ]);
    for (const size of [1, 2, 3, 5, 7, 64, 10_000]) {
      const decoder = new FrameDecoder(1000);
      const found = [];
      for (let at = 0; at < bytes.length; at += size) {
        found.push(...decoder.push(Buffer.from(bytes.subarray(at, at + size))));
      }
      expect(found.map(({ kind, content }) => [kind, content.toString()])).toEqual([
        [0, 'first'],
        [1, ''],
        [0, 'ä'.repeat(300)]
      ]);
    }
  });

  it('are not joined where they came in few chunks, and are where in many', () => {
    const content = Buffer.alloc(1000, 'x');
    const bytes = encodeFrame(FrameKind.content, content);
    for (const [size, most] of [
      [500, 3],
      [4, 66]
    ]) {
      const decoder = new FrameDecoder(1000);
      const found = [];
      for (let at = 0; at < bytes.length; at += size) {
        found.push(...decoder.push(bytes.subarray(at, at + size)));
      }
      expect(found).toHaveLength(1);
      expect(found[0].content).toEqual(content);
      expect(found[0].chunks.length).toBeGreaterThan(1);
      expect(found[0].chunks.length).toBeLessThanOrEqual(most);
    }
  });

  it.each([
    ['one byte over the limit', 1002, false],
    ['the largest there is', 0xffffffff, false],
    ['no kind', 0, false],
    ['the limit itself', 1001, true]
  ])('with a length of %s are judged by their header alone', (_, length, ok) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    const push = () => new FrameDecoder(1000).push(header);
    if (ok) {
      expect(push()).toEqual([]);
    } else {
      expect(push).toThrow(FrameError);
    }
  });
});
