import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { protocolSchemas } from './schemas';

/** Run by `npm run build:schemas`: writes the contract to the file named, for Python's tests. */
const file = process.argv[2] ?? 'pilothouse/schemas/protocol.json';
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(protocolSchemas(), null, 2)}\n`);
