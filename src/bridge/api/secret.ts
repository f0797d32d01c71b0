import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What every client must show: 256 random bits, as hex. */
export const newSecret = (): string => randomBytes(32).toString('hex');

/** Whether an `Authorization` header carries the secret; takes the same time wherever they differ. */
export function isAuthorized(header: string | undefined, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${secret}`));
}
