import * as React from 'react';
import type { Login } from '../../protocol';
import { useSurroundings } from '../views';
import { countdown } from '../words';

/** When a screen reader is told, in seconds before the end. */
const TOLD_S = [10, 30, 60];

/**
 * How long the machine waits still, as machines usually do: none says it. Shown
 * each second, told only when it becomes little.
 */
export function Countdown(props: { login: Login }): React.JSX.Element {
  const { trans, model } = useSurroundings();
  const leftMs = props.login.endsByMs - model.nowMs();
  const told = TOLD_S.find(seconds => leftMs <= seconds * 1000);
  return (
    <>
      <span role="timer" className="jp-Pilothouse-loginLeft">
        {trans.__('about %1 left', countdown(leftMs))}
      </span>
      <span role="status" className="jp-Pilothouse-announcer">
        {told === undefined ? '' : trans.__('About %1 seconds left', told)}
      </span>
    </>
  );
}
