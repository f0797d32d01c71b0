import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunFolderName } from '../../protocol';
import { until } from '../until.fixture';
import { ContentRoom, RUN } from './contents.fixture';

let room: ContentRoom;
beforeEach(() => (room = new ContentRoom()));
afterEach(() => room.dispose());

it('what a kernel leaves goes with it, and what one left goes at the next start', async () => {
  const gone = RunFolderName.parse('1795306772-4194303-x-0123456789abcdef');
  mkdirSync(join(room.state, 'runs', gone, 'content'), { recursive: true });
  writeFileSync(join(room.state, 'runs', gone, 'home.log'), 'kept');
  mkdirSync(join(room.state, 'runs', 'other'));
  await room.contents.clean();
  expect(existsSync(room.folder)).toBe(true);
  expect(readdirSync(join(room.state, 'runs', gone))).toEqual(['home.log']);
  room.contents.kernelGone(RUN);
  await until('its end', () => !existsSync(room.folder));
  expect(room.errors).toEqual([]);
});
