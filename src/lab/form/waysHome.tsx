import * as React from 'react';
import { Profile } from '../../protocol';
import { CommandIDs } from '../tokens';
import { SmallButton, useSurroundings } from '../views';
import { TriedWays, useTrial } from '../waysHome';
import { useForm } from './context';
import { at } from './paths';
import type { Written } from './paths';

/** Has the ways home tried as they stand in the form, and writes the order that is found. */
export function TryWaysHome(): React.JSX.Element {
  const { trans, commands } = useSurroundings();
  const { draft } = useForm();
  const trial = useTrial();
  const [tried, setTried] = React.useState('');
  const { written, origin } = draft;
  const named = [written.title, written.name].find(text => typeof text === 'string' && text !== '');
  const title = typeof named === 'string' ? named : trans.__('New place');
  const isUnreadable = draft.problems.some(({ severity }) => severity === 'error');
  const begin = (): void => {
    setTried(subjectOf(written));
    // What is asked of the person and what is tried is what stands there now.
    const profile = Profile.parse(written);
    trial.begin({ title, profile: () => Promise.resolve(profile) });
  };
  const kinds = at(written, 'uplink.kinds');
  const pool = origin.name;
  return (
    <div className="jp-Pilothouse-tryWays">
      <SmallButton
        disabled={trial.busy || isUnreadable}
        title={trans.__('Opens and dials each way; submits nothing')}
        onClick={begin}
      >
        {trans.__('Try ways home…')}
      </SmallButton>
      <TriedWays
        trial={trial}
        title={title}
        isStale={tried !== subjectOf(written)}
        listed={Array.isArray(kinds) ? kinds.map(String) : ['direct']}
        adviceLabel={trans.__('Use this order')}
        onAdvice={origin.readOnly ? null : kinds => draft.set('uplink.kinds', [...kinds])}
        {...(pool === null
          ? {}
          : { onLogIn: () => void commands.execute(CommandIDs.logIn, { pool }) })}
      />
    </div>
  );
}

/** What a way depends on, but for which are listed and in what order. */
function subjectOf(written: Written): string {
  const uplink = at(written, 'uplink');
  return JSON.stringify([written.submitHost, { ...(uplink as object | undefined), kinds: null }]);
}
