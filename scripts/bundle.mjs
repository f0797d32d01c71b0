// node scripts/bundle.mjs bridge    the bridge and all it needs, as one file in the Python package
// node scripts/bundle.mjs schemas   the protocol as JSON Schema, for what is not TypeScript
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const inNode = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  logLevel: 'warning'
};

/** The folder and name of each package that went into a bundle. */
const packagesOf = inputs => {
  const folders = new Set();
  for (const input of Object.keys(inputs)) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) {
      folders.add(found[1]);
    }
  }
  return [...folders].sort();
};

/** Name, version and licence text of each bundled package: their licences ask for it. */
const licencesOf = folders => {
  const entries = folders.map(folder => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8')
    );
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'License.md']
      .map(each => join(root, folder, each))
      .find(existsSync);
    const text = file ? readFileSync(file, 'utf8').trim() : `Licence: ${license}`;
    return `${name} ${version}\n${'-'.repeat(name.length + version.length + 1)}\n${text}\n`;
  });
  // npm installs some packages more than once.
  return [...new Set(entries)].sort().join('\n\n');
};

const bundleBridge = async () => {
  const outfile = 'pilothouse/bridge/bridge.js';
  const result = await build({
    ...inNode,
    entryPoints: ['src/bridge/main.ts'],
    outfile,
    // ssh2's optional native parts: npm builds none here, and ssh2 works without them.
    external: ['cpu-features', '*.node'],
    legalComments: 'none',
    metafile: true
  });
  const packages = packagesOf(result.metafile.inputs);
  writeFileSync(join(root, `${outfile}.LEGAL.txt`), licencesOf(packages));
};

const exportSchemas = async () => {
  const outdir = mkdtempSync(join(tmpdir(), 'pilothouse-schemas-'));
  try {
    const program = join(outdir, 'exportSchemas.cjs');
    await build({ ...inNode, entryPoints: ['src/protocol/exportSchemas.ts'], outfile: program });
    const target = join(root, 'pilothouse', 'schemas');
    mkdirSync(target, { recursive: true });
    const { status } = spawnSync(process.execPath, [program, join(target, 'protocol.json')], {
      cwd: root,
      stdio: 'inherit'
    });
    if (status !== 0) {
      throw new Error(`src/protocol/exportSchemas.ts ended with ${status}`);
    }
    if (!existsSync(join(target, 'protocol.json'))) {
      throw new Error(`${relative(root, target)}/protocol.json was not written`);
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
};

const jobs = { bridge: bundleBridge, schemas: exportSchemas };
const job = jobs[process.argv[2]];
if (!job) {
  throw new Error(`say what to bundle: ${Object.keys(jobs).join(' or ')}`);
}
await job();
