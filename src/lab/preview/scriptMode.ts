import type { StreamParser } from '@codemirror/language';

/** A shell's language in which Slurm's directives stand out from the comments that they are to the shell. */
export function scriptMode<State>(shell: StreamParser<State>): StreamParser<State> {
  return {
    ...shell,
    token(stream, state) {
      if (!stream.string.startsWith('#SBATCH')) {
        return shell.token(stream, state);
      }
      if (stream.match('#SBATCH')) {
        return 'keyword';
      }
      if (stream.eatSpace()) {
        return null;
      }
      if (stream.match(/^--?[A-Za-z][\w-]*/)) {
        return 'propertyName';
      }
      if (stream.eat('=')) {
        return 'operator';
      }
      stream.match(/^\S+/);
      return 'string';
    }
  };
}
