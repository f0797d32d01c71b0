import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWords } from '../../ssh/line';

/** Modules of pilothouse/relay in the order in which they need each other; the last has `main`. */
const RELAY_MODULES = ['wire', 'loop', 'machine', 'entrance', 'carrier', 'stdio'] as const;
const DIAL_MODULES = ['dial'] as const;
const PACKAGE = 'pilothouse_relay';

/** Where Python 3 may be; the last is RHEL 8's own. */
const PYTHONS = ['python3', '/usr/bin/python3', '/usr/libexec/platform-python'] as const;

/** A relay to be run on another machine: the script that starts it, and what it reads first. */
export interface IRelayProgram {
  readonly script: string;
  readonly code: Buffer;
}

/**
 * The relay as a program that leaves no file behind: its modules come by
 * standard input, before the first frame.
 * @param folder of the relay's modules, on this machine
 * @throws NodeJS.ErrnoException if they are not there
 */
export const relayProgram = (folder: string, options: readonly string[]): IRelayProgram =>
  pythonProgram(folder, RELAY_MODULES, options);

/** The same for dialling a port from there, once. */
export const dialProgram = (folder: string, options: readonly string[]): IRelayProgram =>
  pythonProgram(folder, DIAL_MODULES, options);

function pythonProgram(
  folder: string,
  names: readonly string[],
  options: readonly string[]
): IRelayProgram {
  const modules = names.map(name => [name, readFileSync(join(folder, `${name}.py`), 'utf8')]);
  const code = Buffer.from(
    [
      'import sys, types',
      `package = types.ModuleType("${PACKAGE}")`,
      'package.__path__ = []',
      `sys.modules["${PACKAGE}"] = package`,
      // A list of texts is the same in JSON and in Python.
      `for name, source in ${ascii(JSON.stringify(modules))}:`,
      `    module = types.ModuleType("${PACKAGE}." + name)`,
      `    module.__package__ = "${PACKAGE}"`,
      '    sys.modules[module.__name__] = module',
      '    exec(compile(source, name + ".py", "exec"), module.__dict__)',
      'sys.exit(module.main(sys.argv[1:]))',
      ''
    ].join('\n')
  );
  const size = code.length;
  const start =
    'import os; b = b""; ' +
    `exec("while len(b) < ${size}: b += os.read(0, ${size} - len(b)) or os._exit(3)"); exec(b)`;
  const words = shellWords(['-I', '-S', '-c', start, ...options]);
  const script = [
    'cd /',
    `for python in ${PYTHONS.join(' ')}; do`,
    `  command -v "$python" >/dev/null 2>&1 && exec "$python" ${words}`,
    'done',
    `echo 'there is no python3' >&2`,
    'exit 127'
  ].join('\n');
  return { script, code };
}

const ascii = (text: string): string =>
  text.replace(
    /[^\x20-\x7e]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  );
