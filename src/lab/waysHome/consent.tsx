import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Profile, UplinkKind } from '../../protocol';

/** What trying one way starts, and where. */
export interface IStarted {
  readonly kind: UplinkKind;
  readonly says: string;
}

/** What trying a profile's ways starts and where, a way at a time. */
export function startedFor(trans: TranslationBundle, profile: Profile): IStarted[] {
  return profile.uplink.kinds.map(kind => ({ kind, says: saysOf(trans, profile, kind) }));
}

function saysOf(
  trans: TranslationBundle,
  { submitHost, uplink }: Profile,
  kind: UplinkKind
): string {
  const there = submitHost.address;
  switch (kind) {
    case 'direct': {
      const { listenAddress, listenPorts, advertiseAddress, advertisePort } = uplink;
      const named = [listenAddress, listenPorts, advertiseAddress, advertisePort];
      if (named.every(value => value === undefined)) {
        return trans.__('Nothing: no address of this machine is given for pilots elsewhere.');
      }
      const at = listenAddress ?? trans.__('all its addresses');
      const listens =
        listenPorts === undefined
          ? trans.__('This machine listens at %1, at a free port.', at)
          : trans.__('This machine listens at %1, at one of the ports %2.', at, listenPorts);
      return there === undefined ? listens : `${listens} ${dialsIt(trans, there)}`;
    }
    case 'submit-host': {
      if (there === undefined) {
        return trans.__('Nothing: the submit host is this machine.');
      }
      const ports = uplink.submitHostPorts;
      const starts = trans.__(
        'On %1, over your login, Python starts a relay in your name: one process, which leaves no file.',
        there
      );
      const listens =
        ports === undefined
          ? trans.__('It listens at a free port.')
          : trans.__('It listens at one of the ports %1.', ports);
      return `${starts} ${listens} ${dialsIt(trans, there)}`;
    }
    case 'relay': {
      const relay = uplink.relay ?? '?';
      const dials = trans.__(
        'This machine dials %1 and proves that it knows the relay’s secret. Nothing is started there.',
        relay
      );
      return there === undefined ? dials : `${dials} ${dialsIt(trans, there)}`;
    }
  }
}

const dialsIt = (trans: TranslationBundle, submitHost: string): string =>
  trans.__(
    '%1 dials it, by a forward or, where it allows none, by a process there that ends within 15 s.',
    submitHost
  );

/** Asks whether all that may be started; what is listed there is what the bridge does. */
export async function mayTry(
  trans: TranslationBundle,
  title: string,
  profile: Profile
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Try the ways home of “%1”?', title),
    body: ReactWidget.create(<Started trans={trans} started={startedFor(trans, profile)} />),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Try them') })]
  });
  return button.accept;
}

function Started(props: {
  trans: TranslationBundle;
  started: readonly IStarted[];
}): React.JSX.Element {
  const { trans, started } = props;
  return (
    <div className="jp-Pilothouse-consent">
      <p>{trans.__('Each way is opened, then dialled as a pilot would, in this order:')}</p>
      <dl>
        {started.map(({ kind, says }) => (
          <React.Fragment key={kind}>
            <dt>
              <code>{kind}</code>
            </dt>
            <dd>{says}</dd>
          </React.Fragment>
        ))}
      </dl>
      <p>
        {trans.__(
          'A way takes seconds; it is given up after a minute for opening it and 20 s for each address. Then what was started is ended and what was opened is closed, but for what pilots use. No pilot is submitted.'
        )}
      </p>
    </div>
  );
}
