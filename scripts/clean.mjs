// Removes what the build makes, and nothing else.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const made of [
  'lib',
  'pilothouse/labextension',
  'pilothouse/schemas',
  'pilothouse/bridge/bridge.js',
  'pilothouse/bridge/bridge.js.LEGAL.txt'
]) {
  rmSync(`${root}${made}`, { recursive: true, force: true });
}
