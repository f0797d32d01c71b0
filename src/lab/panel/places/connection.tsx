import type { HostConnection, Pool } from '../../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs } from '../../tokens';
import { Disclosure, LastWords, SmallButton, useSurroundings } from '../../views';
import { connectionLine, count, isAsked, moment, sentence } from '../../words';
import { OpenSshOffer } from '../openSsh';

/** The login of a place's submit host: who is in and since when, and the way in or out. */
export function ConnectionLine(props: { pool: Pool; host: HostConnection }): React.JSX.Element {
  const { trans, model } = useSurroundings();
  const { pool, host } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const line = React.useRef<HTMLDivElement>(null);
  const pressed = React.useRef(false);
  // The button of another state is another button, so that nobody who presses Return once more than
  // was asked logs out again; its focus goes to the line that it was in.
  React.useLayoutEffect(() => {
    if (pressed.current && !line.current?.contains(document.activeElement)) {
      line.current?.querySelector('button')?.focus();
    }
    pressed.current = false;
  }, [host.state]);
  return (
    <div className={`jp-Pilothouse-connection jp-mod-${host.state}`}>
      <div ref={line} className="jp-Pilothouse-connectionLine">
        <Disclosure
          open={open}
          controls={id}
          onToggle={() => setOpen(!open)}
          title={trans.__('%1, since %2', host.address, moment(host.sinceMs))}
        >
          <span className="jp-Pilothouse-where">{connectionLine(trans, host, model.nowMs())}</span>
        </Disclosure>
        <span
          onFocus={() => {
            pressed.current = true;
          }}
          onBlur={() => {
            pressed.current = false;
          }}
        >
          <WayIn key={host.state} pool={pool} host={host} />
        </span>
      </div>
      <OpenSshOffer pool={pool} host={host} />
      {open && <ConnectionDetails id={id} pool={pool} host={host} />}
    </div>
  );
}

/** What helps in the state that the connection is in. */
function WayIn(props: { pool: Pool; host: HostConnection }): React.JSX.Element {
  const { trans, commands } = useSurroundings();
  const { pool, host } = props;
  const { address } = host;
  const logIn = (): void => void commands.execute(CommandIDs.logIn, { pool: pool.pool });
  switch (host.state) {
    case 'away':
    case 'failed':
      return (
        <SmallButton label={trans.__('Log in to %1', address)} onClick={logIn}>
          {trans.__('Log in')}
        </SmallButton>
      );
    case 'lost':
      return (
        <SmallButton label={trans.__('Reconnect to %1', address)} onClick={logIn}>
          {trans.__('Reconnect')}
        </SmallButton>
      );
    case 'logging-in':
      return (
        <SmallButton
          label={
            isAsked(host.login)
              ? trans.__('Answer the login to %1', address)
              : trans.__('Show the login to %1', address)
          }
          onClick={() => void commands.execute(CommandIDs.answerLogin, { host: host.host })}
        >
          {isAsked(host.login) ? trans.__('Answer') : trans.__('Show')}
        </SmallButton>
      );
    case 'connected':
      return (
        <SmallButton
          label={trans.__('Log out of %1', address)}
          onClick={() => void commands.execute(CommandIDs.logOut, { host: host.host })}
        >
          {trans.__('Log out')}
        </SmallButton>
      );
  }
}

/** All that is known of a connection. */
function ConnectionDetails(props: {
  id: string;
  pool: Pool;
  host: HostConnection;
}): React.JSX.Element {
  const { trans, model } = useSurroundings();
  const { host } = props;
  const titles = host.pools.map(name => model.picture.pools.get(name)?.title ?? name);
  const trouble =
    host.trouble === null ? null : sentence(trans, { kind: 'bridge', error: host.trouble });
  return (
    <div id={props.id} className="jp-Pilothouse-details">
      {trouble && (
        <>
          <p>{trouble.what}</p>
          {trouble.words && <LastWords words={trouble.words} />}
          {trouble.remedy && <p>{trouble.remedy}</p>}
        </>
      )}
      <dl>
        {factsOf(trans, props.pool, host, titles).map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
    </div>
  );
}

function factsOf(
  trans: TranslationBundle,
  pool: Pool,
  host: HostConnection,
  titles: readonly string[]
): [string, string][] {
  const { address, user, port, via, transport, key, methods, channels } = host;
  const facts: ([string, string] | null)[] = [
    [trans.__('submit host'), port === 22 ? address : `${address}:${port}`],
    user === '' ? null : [trans.__('user'), user],
    pool.scheduler === 'local' ? null : [trans.__('scheduler'), schedulerName(pool.scheduler)],
    via.length === 0 ? null : [trans.__('through'), via.join(', ')],
    [
      trans.__('SSH'),
      transport === 'ssh2' ? trans.__('Pilothouse’s own') : trans.__('this machine’s OpenSSH')
    ],
    key === null ? null : [trans.__('host key'), `${key.algorithm} ${key.fingerprint}`],
    methods.length === 0 ? null : [trans.__('let in by'), methods.join(', ')],
    host.state === 'connected'
      ? [trans.__('channels'), trans.__('%1 of %2', count(channels.open), count(channels.most))]
      : null,
    host.state === 'connected'
      ? [
          trans.__('if it breaks'),
          host.returnsByItself ? trans.__('comes back by itself') : trans.__('waits for you')
        ]
      : null,
    titles.length < 2 ? null : [trans.__('shared by'), titles.join(', ')]
  ];
  return facts.filter(fact => fact !== null);
}

function schedulerName(scheduler: 'slurm' | 'htcondor'): string {
  return scheduler === 'slurm' ? 'Slurm' : 'HTCondor';
}
