import { Clipboard } from '@jupyterlab/apputils';
import * as React from 'react';
import type { ScriptFile, SubmissionPlan } from '../../protocol';
import { textOf } from '../../protocol';
import type { Trouble } from '../tokens';
import { SmallButton, TroubleNote, useSurroundings } from '../views';
import { COMMANDS, filesOf, fileWith, linesOf } from './lines';
import { saveFile } from './save';

const Code = React.lazy(() => import('./code'));

export interface IPreviewProps {
  readonly plan: SubmissionPlan | null;
  /** The plan is of just what stands in the form. */
  readonly isFresh: boolean;
  /** What stands in the form cannot be submitted: the plan is of what could before. */
  readonly isInvalid: boolean;
  readonly trouble: Trouble | null;
  /** For so many pilots. */
  readonly pilots: number;
  readonly onPilots: (pilots: number) => void;
  /** The field at which a person points in the form; null: none. */
  readonly field: string | null;
  /** What the form calls a field; null: it has none of that path. */
  readonly labelOf: (path: string) => string | null;
  /** A line of this field is pointed at; `reveal`: by the cursor, not in passing. */
  readonly onField: (path: string | null, reveal: boolean) => void;
  /** Puts the cursor into a field of the form. */
  readonly goTo: (path: string) => void;
}

/** What would be submitted, always beside what it is made of. */
export function Preview(props: IPreviewProps): React.JSX.Element {
  const { trans } = useSurroundings();
  const { plan, field, trouble } = props;
  const files = React.useMemo(() => (plan === null ? [] : filesOf(plan)), [plan]);
  const [chosen, setChosen] = React.useState('');
  const [seen, setSeen] = React.useState(field);
  const id = React.useId();
  if (seen !== field) {
    // Pointing at a field shows the file in which it stands.
    setSeen(field);
    if (field !== null) {
      setChosen(fileWith(files, chosen, field));
    }
  }
  const file = files.find(({ path }) => path === chosen) ?? files.at(0);
  return (
    <section className="jp-Pilothouse-preview" aria-label={trans.__('What will be submitted')}>
      <div className="jp-Pilothouse-previewBar">
        <h3>{trans.__('What will be submitted')}</h3>
        <Pilots pilots={props.pilots} onPilots={props.onPilots} />
        <State {...props} />
      </div>
      {trouble && <TroubleNote trouble={trouble} />}
      {file === undefined ? (
        <div className="jp-Pilothouse-quiet">
          {trouble === null &&
            (props.isInvalid
              ? trans.__('It is shown as soon as the fields marked ✕ can be read.')
              : trans.__('Loading…'))}
        </div>
      ) : (
        <>
          <Tabs id={id} files={files} current={file.path} onChoose={setChosen} />
          <FileView key={file.path} id={id} file={file} {...props} />
          {plan !== null && plan.others.length > 0 && (
            <div className="jp-Pilothouse-help">
              {trans.__('Sent beside:')}{' '}
              {plan.others.map(({ path, what }) => `${path} (${what})`).join(', ')}
            </div>
          )}
        </>
      )}
    </section>
  );
}

/** Whether what is shown is what stands in the form. */
function State(props: IPreviewProps): React.JSX.Element {
  const { trans } = useSurroundings();
  const words =
    props.plan === null
      ? ''
      : props.isInvalid
        ? trans.__('as it was before the fields marked ✕')
        : props.isFresh
          ? ''
          : trans.__('changing…');
  return (
    <span className="jp-Pilothouse-previewState" role="status">
      {words}
    </span>
  );
}

function Pilots(props: { pilots: number; onPilots: (pilots: number) => void }): React.JSX.Element {
  const { trans } = useSurroundings();
  const [typed, setTyped] = React.useState<string | null>(null);
  return (
    <label className="jp-Pilothouse-previewPilots">
      {trans.__('pilots')}{' '}
      <input
        className="jp-Pilothouse-number"
        inputMode="numeric"
        value={typed ?? String(props.pilots)}
        aria-label={trans.__('Number of pilots to show it for')}
        onChange={event => {
          setTyped(event.target.value);
          const number = Number(event.target.value);
          if (Number.isInteger(number) && number >= 1 && number <= 10_000) {
            props.onPilots(number);
          }
        }}
        onBlur={() => setTyped(null)}
      />
    </label>
  );
}

/** The files as tabs; arrow keys go from one to the next. */
function Tabs(props: {
  id: string;
  files: readonly ScriptFile[];
  current: string;
  onChoose: (path: string) => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { id, files, current } = props;
  const list = React.useRef<HTMLDivElement>(null);
  const move = (event: React.KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step !== 0) {
      const now = files.findIndex(({ path }) => path === current);
      const next = (now + step + files.length) % files.length;
      props.onChoose(files[next].path);
      list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
    }
  };
  return (
    <div
      ref={list}
      className="jp-Pilothouse-tabs"
      role="tablist"
      aria-label={trans.__('Files')}
      onKeyDown={move}
    >
      {files.map(({ path }) => (
        <button
          key={path}
          type="button"
          role="tab"
          aria-selected={path === current}
          aria-controls={`${id}-file`}
          tabIndex={path === current ? 0 : -1}
          onClick={() => props.onChoose(path)}
        >
          {path === COMMANDS ? trans.__('commands') : path}
        </button>
      ))}
    </div>
  );
}

/** A file, the line pointed at and its field, and ways to take the file along. */
function FileView(props: IPreviewProps & { id: string; file: ScriptFile }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { file, field } = props;
  const text = React.useMemo(() => textOf(file), [file]);
  const pointed = React.useMemo(() => (field === null ? [] : linesOf(file, field)), [file, field]);
  const [cursor, setCursor] = React.useState<number | null>(null);
  const from = cursor === null ? null : (file.lines.at(cursor)?.field ?? null);
  const label = from === null ? null : props.labelOf(from);
  const point = (line: number, reveal: boolean): void => {
    const path = file.lines.at(line)?.field ?? null;
    props.onField(path, reveal);
  };
  return (
    <div id={`${props.id}-file`} role="tabpanel" className="jp-Pilothouse-previewFile">
      <React.Suspense fallback={<pre className="jp-Pilothouse-previewPlain">{text}</pre>}>
        <Code
          label={file.path}
          text={text.replace(/\n$/, '')}
          language={file.language}
          pointed={pointed}
          reveal={field !== null}
          onHover={line => point(line, false)}
          onCursor={line => {
            setCursor(line);
            point(line, true);
          }}
        />
      </React.Suspense>
      <div className="jp-Pilothouse-previewFoot">
        <span role="status">
          {cursor !== null &&
            (from === null || label === null
              ? trans.__('Line %1 is Pilothouse’s own.', cursor + 1)
              : trans.__('Line %1 comes from “%2”.', cursor + 1, label))}
        </span>
        {from !== null && label !== null && (
          <SmallButton kind="link" onClick={() => props.goTo(from)}>
            {trans.__('Go to the field')}
          </SmallButton>
        )}
        <SmallButton onClick={() => Clipboard.copyToSystem(text)}>{trans.__('Copy')}</SmallButton>
        {file.path !== COMMANDS && (
          <SmallButton
            onClick={() => saveFile(file.path.split('/').pop() ?? file.path, text, 'text/plain')}
          >
            {trans.__('Save as a file')}
          </SmallButton>
        )}
      </div>
    </div>
  );
}
