/**
 * A stream for tar(1), as POSIX.1-1988 has it (ustar; pax(1), "ustar Interchange
 * Format"): files of ours, whose names are short and checked, and their folders.
 */

/** A file or a folder of the stream. */
export type TarEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly content: Uint8Array;
    };

const BLOCK = 512;
const MOST_NAME_BYTES = 100;

/** @throws RangeError for a name that the format's first field cannot hold */
export function tarStream(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    blocks.push(header(entry));
    if (entry.kind === 'file') {
      const padding = (BLOCK - (entry.content.length % BLOCK)) % BLOCK;
      blocks.push(Buffer.from(entry.content), Buffer.alloc(padding));
    }
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(entry: TarEntry): Buffer {
  const isFile = entry.kind === 'file';
  const name = isFile ? entry.path : `${entry.path}/`;
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) {
    throw new RangeError(`${name}: longer than the ${MOST_NAME_BYTES} bytes of a name in tar`);
  }
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(name, 0, 'utf8');
  octal(isFile ? entry.mode : 0o700, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(isFile ? entry.content.length : 0, 124, 11);
  octal(0, 136, 11);
  block.write(isFile ? '0' : '5', 156, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  // The sum is made with spaces in its own place.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
