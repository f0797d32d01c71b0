import { createHash } from 'node:crypto';
import { GroupId, type RunId } from '../../protocol';

/** Parts that stand in an id as they are; all others are hashed. */
const PLAIN = /^[A-Za-z0-9_.-]{1,24}$/;

const short = (part: string): string =>
  PLAIN.test(part) ? part : createHash('sha256').update(part).digest('hex').slice(0, 16);

/** The same run, execution of a cell (null: none) and app give the same id, in every bridge. */
export function groupIdOf(run: RunId, messageId: string | null, app: string): GroupId {
  return GroupId.parse([run, messageId ?? 'none', app].map(short).join(':'));
}
