import type { StreamParser } from '@codemirror/language';

interface ISubmitState {
  /** What follows the `=` on this line. */
  inValue: boolean;
}

/** HTCondor's submit description language, for the eye: comments, commands, macros, text, queue. */
export const submitMode: StreamParser<ISubmitState> = {
  name: 'submit',
  startState: () => ({ inValue: false }),
  token(stream, state) {
    if (stream.sol()) {
      state.inValue = false;
      stream.eatSpace();
      if (stream.match(/^#.*/)) {
        return 'comment';
      }
      if (stream.match(/^(queue|if|elif|else|endif|include|use|error|warning)\b/i)) {
        state.inValue = true;
        return 'keyword';
      }
      if (stream.match(/^(\+|MY\.)?[A-Za-z_][\w.]*(?=\s*=)/i)) {
        return 'propertyName';
      }
    }
    if (stream.eatSpace()) {
      return null;
    }
    if (!state.inValue && stream.eat('=')) {
      state.inValue = true;
      return 'operator';
    }
    if (stream.match(/^\$\$?\w*\([^)]*\)/)) {
      return 'variableName.special';
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) {
      return 'string';
    }
    if (stream.match(/^(=\?=|=!=|==|!=|<=|>=|&&|\|\||[<>!+*/-])/)) {
      return 'operator';
    }
    if (stream.match(/^(true|false|undefined|error)\b/i)) {
      return 'atom';
    }
    if (stream.match(/^\d+(\.\d+)?\b/)) {
      return 'number';
    }
    if (!stream.match(/^[\w.]+/)) {
      stream.next();
    }
    return null;
  }
};
