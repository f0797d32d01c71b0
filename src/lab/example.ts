/** Three lines to start with: a function of Python's own library, run on a pilot. */
export const EXAMPLE = [
  'import parsl, pilothouse, platform',
  'pilothouse.load("local")',
  'parsl.python_app(platform.node)().result()'
].join('\n');
