import {
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
  type KeyObject
} from 'node:crypto';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { PilotId } from '../../protocol';
import { readIfThere, writePrivateFile } from './privateFiles';

const KEY_BYTES = 32;

/** Makes and checks the secrets by which pilots prove themselves; holds the bridge's key. */
export class PilotSecrets {
  /** Reads `bridge.key` in the state folder, or makes it. */
  constructor(stateFolder: string) {
    const path = join(stateFolder, 'bridge.key');
    if (readIfThere(path) === null) {
      writePrivateFile(path, randomBytes(KEY_BYTES));
    }
    const bytes = readFileSync(path);
    if (bytes.length !== KEY_BYTES) {
      throw new Error(
        `${path} holds ${bytes.length} bytes and not ${KEY_BYTES}; delete it (running pilots then end)`
      );
    }
    // Made a key once: OpenSSL takes longer to make one of bytes than to use it.
    this._key = createSecretKey(bytes);
  }

  /** HMAC-SHA256 over `pilot|attempt|expiresAtMs`, hex. */
  derive(pilot: PilotId, attempt: number, expiresAtMs: number): string {
    return this._mac(pilot, attempt, expiresAtMs).toString('hex');
  }

  /** Whether a claim was derived from the key; takes as long whatever is wrong. */
  proves(claim: { pilot: PilotId; attempt: number; expiresAtMs: number; secret: string }): boolean {
    const right = this._mac(claim.pilot, claim.attempt, claim.expiresAtMs);
    const said = Buffer.from(claim.secret, 'hex');
    return said.length === right.length && timingSafeEqual(said, right);
  }

  private _mac(pilot: PilotId, attempt: number, expiresAtMs: number): Buffer {
    return createHmac('sha256', this._key).update(`${pilot}|${attempt}|${expiresAtMs}`).digest();
  }

  private readonly _key: KeyObject;
}
