import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import { execFileSync } from 'node:child_process';
import path from 'node:path';

// eslint-disable-next-line @typescript-eslint/no-require-imports
const rule = require('./layers.cjs') as import('eslint').Rule.RuleModule;

/** What the rule says of one line in one file. */
const said = (filename: string, code: string): string[] =>
  new Linter()
    .verify(
      code,
      [
        {
          files: ['**/*.ts', '**/*.tsx'],
          languageOptions: { parser: parser as Linter.Parser },
          plugins: { pilothouse: { rules: { layers: rule } } },
          rules: { 'pilothouse/layers': 'error' }
        }
      ],
      filename
    )
    .map(message => message.message);

describe('lab → protocol ← bridge', () => {
  it.each([
    ['src/lab/model/state.ts', "import { Pool } from '../../protocol';"],
    ['src/lab/panel/index.ts', "import { Widget } from '@lumino/widgets';"],
    ['src/lab/cells/bridge.ts', "import { strip } from './bridge';"],
    ['src/bridge/main.ts', "import { Pool } from '../protocol';"],
    ['src/bridge/api/index.ts', "import { createServer } from 'node:http';"],
    ['src/protocol/ids.ts', "import { z } from 'zod';"],
    ['src/protocol/exportSchemas.ts', "import { writeFileSync } from 'node:fs';"]
  ])('allows in %s: %s', (filename, code) => {
    expect(said(filename, code)).toEqual([]);
  });

  it.each([
    ['src/lab/model/state.ts', "import { IPools } from '../../bridge/tokens';"],
    ['src/lab/index.ts', "export * from '../bridge';"],
    ['src/lab/index.ts', "const tokens = import('../bridge/tokens');"],
    ['src/lab/index.ts', "type Tokens = import('../bridge/tokens').IPools;"],
    ['src/lab/request.ts', "import { connect } from 'node:net';"],
    ['src/lab/request.ts', "import WebSocket from 'ws';"],
    ['src/bridge/main.ts', "import { words } from '../lab/words';"],
    ['src/bridge/api/index.ts', "import { Signal } from '@lumino/signaling';"],
    ['src/protocol/ids.ts', "import { IPools } from '../bridge/tokens';"],
    ['src/protocol/ids.ts', "import type { words } from '../lab/words';"],
    ['src/protocol/ids.ts', "import { readFileSync } from 'node:fs';"],
    ['src/protocol/ids.ts', "export { Widget } from '@lumino/widgets';"]
  ])('refuses in %s: %s', (filename, code) => {
    expect(said(filename, code)).toHaveLength(1);
  });

  it.each(['src/lab/index.ts', 'src/bridge/main.ts', 'src/protocol/index.ts'])(
    'is an error in the configuration for %s',
    file => {
      const root = path.resolve(__dirname, '../..');
      const eslint = path.join(root, 'node_modules/eslint/bin/eslint.js');
      const printed = execFileSync(process.execPath, [eslint, '--print-config', file], {
        cwd: root,
        encoding: 'utf8'
      });
      expect(JSON.parse(printed)).toMatchObject({ rules: { 'pilothouse/layers': [2] } });
    }
  );
});
