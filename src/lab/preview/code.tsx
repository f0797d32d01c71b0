import { StreamLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import {
  Compartment,
  EditorState,
  RangeSetBuilder,
  StateEffect,
  StateField
} from '@codemirror/state';
import type { DecorationSet } from '@codemirror/view';
import { Decoration, EditorView, highlightActiveLine, lineNumbers } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { ScriptFile } from '../../protocol';
import { scriptMode } from './scriptMode';
import { submitMode } from './submitMode';

/** Lines, counted from 0, that come from the field at which a person points. */
const setMarks = StateEffect.define<readonly number[]>();
const marked = Decoration.line({ class: 'jp-mod-pointed' });
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) {
        const builder = new RangeSetBuilder<Decoration>();
        const { doc } = transaction.state;
        for (const line of effect.value) {
          if (line < doc.lines) {
            const { from } = doc.line(line + 1);
            builder.add(from, from, marked);
          }
        }
        return builder.finish();
      }
    }
    return before.map(transaction.changes);
  },
  provide: field => EditorView.decorations.from(field)
});

/** Shell scripts are rare in a page: their language is loaded when the first is shown. */
async function languageOf(name: ScriptFile['language']): Promise<Extension> {
  switch (name) {
    case 'shell': {
      const { shell } = await import('@codemirror/legacy-modes/mode/shell');
      return StreamLanguage.define(scriptMode(shell));
    }
    case 'submit':
      return StreamLanguage.define(submitMode);
  }
}

/** A file, highlighted as in JupyterLab's own editors; to be read, pointed at and copied from. */
export default function Code(props: {
  label: string;
  text: string;
  language: ScriptFile['language'];
  /** Lines, counted from 0, to be marked; the first comes into sight if `reveal`. */
  pointed: readonly number[];
  reveal: boolean;
  /** The mouse is over this line. */
  onHover: (line: number) => void;
  /** A person put the cursor into this line. */
  onCursor: (line: number) => void;
}): React.JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  const editor = React.useRef<EditorView | null>(null);
  const language = React.useRef(new Compartment());
  const latest = React.useRef(props);
  React.useLayoutEffect(() => {
    latest.current = props;
  });

  React.useLayoutEffect(() => {
    if (host.current === null) {
      return undefined;
    }
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          jupyterTheme,
          lineNumbers(),
          highlightActiveLine(),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({
            'aria-label': latest.current.label,
            'aria-readonly': 'true'
          }),
          language.current.of([]),
          marks,
          EditorView.updateListener.of(update => {
            if (update.selectionSet && update.transactions.some(one => one.isUserEvent('select'))) {
              const { head } = update.state.selection.main;
              latest.current.onCursor(update.state.doc.lineAt(head).number - 1);
            }
          }),
          EditorView.domEventHandlers({
            mousemove(event, view) {
              const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
              if (position !== null) {
                latest.current.onHover(view.state.doc.lineAt(position).number - 1);
              }
            }
          })
        ]
      })
    });
    editor.current = view;
    return () => {
      editor.current = null;
      view.destroy();
    };
  }, []);

  const { text, language: chosen, pointed, reveal } = props;
  React.useEffect(() => {
    let wanted = true;
    languageOf(chosen).then(
      extension => {
        if (wanted) {
          editor.current?.dispatch({ effects: language.current.reconfigure(extension) });
        }
      },
      // Without its language a file is shown all the same, in one colour.
      () => undefined
    );
    return () => {
      wanted = false;
    };
  }, [chosen]);
  React.useLayoutEffect(() => {
    const view = editor.current;
    if (view === null) {
      return;
    }
    const before = view.state.doc.toString();
    const change = before === text ? undefined : differenceOf(before, text);
    view.dispatch({ changes: change });
    const lines = pointed.filter(line => line < view.state.doc.lines);
    const first = lines.at(0);
    view.dispatch({
      effects: [
        setMarks.of(lines),
        ...(reveal && first !== undefined
          ? [EditorView.scrollIntoView(view.state.doc.line(first + 1).from, { y: 'nearest' })]
          : [])
      ]
    });
  }, [text, pointed, reveal]);

  return <div ref={host} className="jp-Pilothouse-previewCode" />;
}

/** The one stretch in which two texts differ, so that the place a person reads at stays. */
function differenceOf(before: string, after: string): { from: number; to: number; insert: string } {
  let from = 0;
  const most = Math.min(before.length, after.length);
  while (from < most && before[from] === after[from]) {
    from += 1;
  }
  let end = 0;
  while (end < most - from && before.at(-1 - end) === after.at(-1 - end)) {
    end += 1;
  }
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) };
}
