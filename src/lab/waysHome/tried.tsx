import * as React from 'react';
import type { UplinkKind } from '../../protocol';
import { LastWords, SmallButton, TroubleNote, useSurroundings } from '../views';
import { addressOf, helpForWay, sentence, stepWords, untriedWords, verdictWords } from '../words';
import type { IWay } from './advice';
import { adviceOf, verdictOf } from './advice';
import type { ITrial } from './trial';

const SIGNS = { works: '✓', unproven: '?', fails: '✕', untried: '–' } as const;

/** How trying goes on, way by way, and what to choose in the end; nothing before anybody tried. */
export function TriedWays(props: {
  trial: ITrial;
  title: string;
  /** The profile is another than was tried. */
  isStale?: boolean;
  /** The ways that it lists by now; those that were tried if not given. */
  listed?: readonly string[];
  /** What a person can do with the advice; null: nothing. */
  onAdvice: ((kinds: readonly UplinkKind[]) => void) | null;
  adviceLabel: string;
  /** Logs in where nobody is; not given where there is no place yet that one could log in to. */
  onLogIn?: () => void;
}): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { trial, title } = props;
  const { ways, busy, trouble } = trial;
  if (ways === null && trouble === null) {
    return null;
  }
  const isOver = ways !== null && !busy;
  return (
    <section
      className="jp-Pilothouse-waysHome jp-Pilothouse-note"
      aria-label={trans.__('Ways home of %1', title)}
    >
      {trouble !== null && <TroubleNote trouble={trouble} />}
      {ways !== null && (
        <>
          <ul className="jp-Pilothouse-rows">
            {ways.map(way => (
              <WayTried key={way.kind} way={way} onLogIn={props.onLogIn} />
            ))}
          </ul>
          <div role="status">
            {isOver && props.isStale === true && (
              <p>{trans.__('Something has changed since they were tried.')}</p>
            )}
            {isOver && <Advice {...props} ways={ways} />}
          </div>
        </>
      )}
      {!busy && (
        <div className="jp-Pilothouse-actions">
          <SmallButton
            label={trans.__('Put away what trying the ways home of %1 found', title)}
            onClick={() => trial.clear()}
          >
            {trans.__('Close')}
          </SmallButton>
        </div>
      )}
    </section>
  );
}

/** One way: its verdict, then each step with the time that it took. */
function WayTried(props: { way: IWay; onLogIn: (() => void) | undefined }): React.JSX.Element {
  const { trans } = useSurroundings();
  const { way, onLogIn } = props;
  const verdict = verdictOf(way);
  return (
    <li className={`jp-Pilothouse-way jp-mod-${verdict ?? way.state}`}>
      <div>
        <span className="jp-Pilothouse-waySign" aria-hidden="true">
          {verdict === null ? '…' : SIGNS[verdict]}{' '}
        </span>
        <strong>{way.kind}</strong> <span>{saidOf(trans, way)}</span>
        {way.state === 'tried' &&
          way.found.result.verdict === 'untried' &&
          way.found.result.why === 'login' &&
          onLogIn !== undefined && (
            <>
              {' '}
              <SmallButton onClick={onLogIn}>{trans.__('Log in')}</SmallButton>
            </>
          )}
      </div>
      <Steps way={way} />
    </li>
  );
}

function saidOf(trans: ReturnType<typeof useSurroundings>['trans'], way: IWay): string {
  switch (way.state) {
    case 'waiting':
      return trans.__('is tried next');
    case 'trying':
      return trans.__('is being tried…');
    case 'unasked':
      return sentence(trans, way.trouble).what;
    case 'tried': {
      const { result } = way.found;
      return result.verdict === 'untried'
        ? untriedWords(trans, result.why)
        : verdictWords(trans, result.verdict);
    }
  }
}

function Steps(props: { way: IWay }): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { way } = props;
  if (way.state === 'unasked') {
    const { remedy, words } = sentence(trans, way.trouble);
    return (
      <>
        {remedy !== '' && <p>{remedy}</p>}
        {words !== '' && <LastWords words={words} />}
      </>
    );
  }
  if (way.state !== 'tried' || way.found.steps.length === 0) {
    return null;
  }
  const { steps } = way.found;
  const isDialled = steps.some(({ what }) => what === 'dial');
  return (
    <>
      <ul className="jp-Pilothouse-waySteps">
        {steps.map(step => {
          const { says, words } = stepWords(trans, way.kind, step);
          return (
            <li key={`${step.what} ${step.by} ${addressOf(step)}`}>
              {says}
              {words !== '' && <LastWords words={words} />}
            </li>
          );
        })}
      </ul>
      {isDialled && verdictOf(way) === 'fails' && <p>{helpForWay(trans, way.kind)}</p>}
    </>
  );
}

function Advice(props: {
  ways: readonly IWay[];
  listed?: readonly string[];
  onAdvice: ((kinds: readonly UplinkKind[]) => void) | null;
  adviceLabel: string;
}): React.JSX.Element | null {
  const { trans } = useSurroundings();
  const { ways, onAdvice } = props;
  const { kinds, isAsListed, answered } = adviceOf(
    ways,
    props.listed ?? ways.map(({ kind }) => kind)
  );
  if (kinds.length === 0) {
    return ways.some(way => verdictOf(way) === 'fails') ? (
      <p>{trans.__('None of the ways that were tried can be used.')}</p>
    ) : null;
  }
  const where = [...new Set(answered.map(addressOf))].join(', ');
  return (
    <>
      <p>
        {isAsListed
          ? trans.__('Use %1, as it is.', kinds.join(', '))
          : kinds.length === 1
            ? trans.__('Use %1 alone.', kinds[0])
            : trans.__('Use %1, in this order.', kinds.join(', '))}{' '}
        {!isAsListed && onAdvice !== null && (
          <SmallButton
            label={`${props.adviceLabel}: ${kinds.join(', ')}`}
            onClick={() => onAdvice(kinds)}
          >
            {props.adviceLabel}
          </SmallButton>
        )}
      </p>
      <p>
        {where === ''
          ? trans.__('That worker nodes reach it was not tried: a pilot shows it.')
          : trans.__('That worker nodes reach %1, too, was not tried: a pilot shows it.', where)}
      </p>
    </>
  );
}
