import * as React from 'react';
import { LIMITS } from '../../protocol';
import type { Prompt } from '../../protocol';
import { TroubleNote, useAction, useSurroundings } from '../views';
import { machineOf, promptParts } from '../words';
import { Buttons } from './buttons';
import { Countdown } from './countdown';
import { ServerText } from './serverText';
import type { Stage } from './stage';
import type { LoginTalk } from './talk';

/**
 * Browsers take `off` for no word about passwords (MDN, "Turning off form
 * autocompletion") and offer to save one; a code that holds once they do not. The
 * rest is what 1Password, Bitwarden, LastPass and Dashlane heed.
 */
const NEVER_SAVED = {
  autoComplete: 'one-time-code',
  'data-1p-ignore': 'true',
  'data-bwignore': 'true',
  'data-lpignore': 'true',
  'data-form-type': 'other'
} as const;

/** One field for each prompt. What is typed is in the fields alone, until it is sent. */
export function Prompts(props: {
  talk: LoginTalk;
  stage: Extract<Stage, { kind: 'prompts' }>;
  cancel: () => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { talk, stage } = props;
  const { login, question } = stage;
  const machine = machineOf(talk.known, login);
  const form = React.useRef<HTMLFormElement>(null);
  const action = useAction();
  const [sent, setSent] = React.useState(false);
  const id = React.useId();
  const waits = sent && action.trouble === null;

  // Also where it is answered elsewhere, or never.
  React.useLayoutEffect(() => {
    const node = form.current;
    return () => node?.querySelectorAll('input').forEach(field => (field.value = ''));
  }, []);
  const fields = (): HTMLInputElement[] => [
    ...(form.current?.querySelectorAll<HTMLInputElement>('input') ?? [])
  ];
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    if (waits) {
      return;
    }
    const answers = fields().map(field => {
      const { value } = field;
      field.value = '';
      return value;
    });
    setSent(true);
    action.run(() => talk.answer(login, question, answers));
  };
  /** Return goes on, as on a terminal: to the next field, and from the last to the machine. */
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>): void => {
    const all = fields();
    const next = all.at(all.indexOf(event.currentTarget) + 1);
    const isLast = event.currentTarget === all.at(-1);
    if (event.key === 'Enter' && !event.nativeEvent.isComposing && !isLast) {
      event.preventDefault();
      next?.focus();
    }
  };

  const heading = [question.name, question.instructions].filter(text => text.trim() !== '');
  return (
    <form ref={form} className="jp-Pilothouse-loginForm" autoComplete="off" onSubmit={send}>
      <ServerText
        id={`${id}-text`}
        label={trans.__('%1 says', machine)}
        text={heading.join('\n')}
      />
      {question.again && (
        <p role="alert" className="jp-Pilothouse-problem">
          <span aria-hidden="true">⚠ </span>
          {trans.__('The answer was refused; %1 asks again.', machine)}
        </p>
      )}
      {question.method === 'passphrase' && (
        <p>{trans.__('This is asked by Pilothouse, on this side, to open your key file.')}</p>
      )}
      {question.prompts.map((prompt, index) => (
        <PromptField
          key={index}
          prompt={prompt}
          id={`${id}-${index}`}
          describedBy={heading.length > 0 ? `${id}-text` : undefined}
          disabled={waits}
          onKeyDown={onKeyDown}
        />
      ))}
      {waits ? (
        <p role="status">{trans.__('Waiting for %1…', machine)}</p>
      ) : (
        <p className="jp-Pilothouse-loginStored">
          {trans.__('Nothing is stored: what you type is sent and forgotten.')}
        </p>
      )}
      {action.trouble && <TroubleNote trouble={action.trouble} />}
      <Buttons
        talk={talk}
        cancel={props.cancel}
        before={<Countdown login={login} />}
        accept={{ label: trans.__('Continue'), disabled: waits }}
      />
    </form>
  );
}

function PromptField(props: {
  prompt: Prompt;
  id: string;
  describedBy: string | undefined;
  disabled: boolean;
  onKeyDown: (event: React.KeyboardEvent<HTMLInputElement>) => void;
}): React.JSX.Element {
  const { trans } = useSurroundings();
  const { prompt, id } = props;
  const { before, label } = promptParts(prompt.text);
  const hasBefore = before.trim() !== '';
  return (
    <div className="jp-Pilothouse-loginField">
      <ServerText id={`${id}-before`} label={trans.__('What is asked')} text={before} />
      <label htmlFor={id}>{label === '' ? trans.__('Answer:') : label}</label>
      {/* Not controlled: React keeps no state of it, and no attribute shows it. */}
      <input
        id={id}
        className="jp-mod-styled"
        type={prompt.echo ? 'text' : 'password'}
        {...NEVER_SAVED}
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        maxLength={LIMITS.answerChars}
        disabled={props.disabled}
        aria-describedby={hasBefore ? `${id}-before` : props.describedBy}
        onKeyDown={props.onKeyDown}
      />
    </div>
  );
}
