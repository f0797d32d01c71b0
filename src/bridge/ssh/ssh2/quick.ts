import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';

/** What makes ssh2 fast without its compiled part, which one wheel for all machines cannot hold. */

/** Of its AES-GCM; other ciphers and other versions have no such fields. */
interface ICiphers {
  _cipher?: {
    _encKey?: Buffer | KeyObject;
    allocPacket?: (payloadBytes: number) => Buffer;
  };
  _decipher?: { _decipherKey?: Buffer | KeyObject };
}

/** Smaller packets are no matter. */
const LARGE_BYTES = 16 * 1024;

/**
 * ssh2 1.17 makes a cipher of AES-GCM for each packet. It gives Node the key's bytes each time, of
 * which Node 24 makes a key in 25 µs, twice what it takes to encrypt 32 KiB: here it gets the key.
 * And it makes room for each packet, which is encrypted at once and then left to be found by the
 * garbage collector: here large packets of the same length, which begin by the same bytes, are
 * written into the same room. Padding is encrypted with the rest, and need not be new.
 *
 * To be called after each exchange of keys. Where this ssh2 does otherwise it is let be.
 */
export function quicken(client: Client): void {
  const { _cipher: cipher, _decipher: decipher } =
    (client as unknown as { _protocol?: ICiphers })._protocol ?? {};
  if (cipher !== undefined && Buffer.isBuffer(cipher._encKey)) {
    cipher._encKey = createSecretKey(cipher._encKey);
    cipher.allocPacket = keeping(cipher.allocPacket?.bind(cipher));
  }
  if (decipher !== undefined && Buffer.isBuffer(decipher._decipherKey)) {
    decipher._decipherKey = createSecretKey(decipher._decipherKey);
  }
}

type Alloc = (payloadBytes: number) => Buffer;

function keeping(alloc: Alloc | undefined): Alloc | undefined {
  if (alloc === undefined) {
    return undefined;
  }
  let last: { payloadBytes: number; packet: Buffer } = { payloadBytes: 0, packet: Buffer.alloc(0) };
  return payloadBytes => {
    if (payloadBytes < LARGE_BYTES) {
      return alloc(payloadBytes);
    }
    if (payloadBytes !== last.payloadBytes) {
      last = { payloadBytes, packet: alloc(payloadBytes) };
    }
    return last.packet;
  };
}

/**
 * ssh2 writes a packet's length, content and tag apart, each of which would be a call of the
 * system's and a packet on the line. What is written within one turn goes together.
 *
 * @returns to be called before something is written; what answers the other side is seen to
 */
export function gatherWrites(socket: Duplex): () => void {
  let gathering = false;
  const gather = (): void => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
  };
  socket.prependListener('data', gather);
  return gather;
}
