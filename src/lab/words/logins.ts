import type { TranslationBundle } from '@jupyterlab/translation';
import type { ErrorData } from '../../protocol';

/** What can go wrong between here and a submit host. */
export type HostCode = Extract<
  ErrorData['code'],
  | 'host_unreachable'
  | 'login_needed'
  | 'login_refused'
  | 'login_not_allowed'
  | 'ticket_needed'
  | 'login_cancelled'
  | 'login_timeout'
  | 'unknown_login'
  | 'machine_key_changed'
  | 'machine_key_revoked'
  | 'transport_unfit'
  | 'host_lost'
  | 'channel_refused'
  | 'uplink_failed'
  | 'file_failed'
  | 'file_changed'
>;

/** What happened and what helps. */
export function ofHosts(
  trans: TranslationBundle,
  code: HostCode,
  of: (...names: string[]) => string
): [string, string] {
  switch (code) {
    case 'host_unreachable':
      return [
        trans.__('%1 cannot be reached.', of('address')),
        trans.__('Look at the submit host’s address and port, and at this machine’s network.')
      ];
    case 'login_needed':
      return [trans.__('Nobody is logged in to %1.', of('host')), trans.__('Log in.')];
    case 'login_refused':
      return [
        trans.__('%1 did not let you in.', of('host')),
        trans.__('Look at the user’s name, then log in again.')
      ];
    case 'login_not_allowed':
      return [
        trans.__('%1 does not let this account in, whatever is answered.', of('host')),
        trans.__('Its own words say why; ask those who run it.')
      ];
    case 'ticket_needed':
      return [
        trans.__('%1 did not let you in: it takes Kerberos tickets.', of('host')),
        trans.__(
          'Get one with kinit on the machine where JupyterLab runs, then log in again. In its ~/.ssh/config this host needs “GSSAPIAuthentication yes”.'
        )
      ];
    case 'login_cancelled':
      return [trans.__('The login to %1 was cancelled.', of('host')), ''];
    case 'login_timeout':
      return [
        trans.__('%1 had no answer within %2 s.', of('host'), of('seconds')),
        trans.__('Log in again.')
      ];
    case 'unknown_login':
      return [trans.__('This login is not under way any more.'), trans.__('Log in again.')];
    case 'machine_key_changed':
      return [
        trans.__(
          '%1 shows another key than the one known: %2 and not %3. It may be another machine that pretends to be it.',
          of('host'),
          of('fingerprint'),
          of('expected')
        ),
        trans.__(
          'Ask those who run it. If the change is right, remove line %2 of %1; if the name leads to several machines, add a line with this one’s key instead.',
          of('file'),
          of('line')
        )
      ];
    case 'machine_key_revoked':
      return [
        trans.__('The key that %1 shows, %2, was revoked.', of('host'), of('fingerprint')),
        trans.__('Ask those who run it; see line %2 of %1.', of('file'), of('line'))
      ];
    case 'transport_unfit':
      return [
        trans.__('Pilothouse’s own SSH cannot log in to %1: %2.', of('host'), of('what')),
        trans.__('Choose this machine’s OpenSSH in the place’s form, under “Where”.')
      ];
    case 'host_lost':
      return [
        trans.__('The connection to %1 broke.', of('host')),
        trans.__('Connect again; what runs there goes on.')
      ];
    case 'channel_refused':
      return [trans.__('%1 opens no further channel: %2', of('host'), of('problem')), ''];
    case 'uplink_failed':
      return [
        trans.__('Pilots have no way home by %1: %2', of('kind'), of('problem')),
        trans.__('See %1 of the profile.', of('field'))
      ];
    case 'file_failed':
      return [trans.__('The file %1 cannot be used: %2.', of('path'), of('problem')), ''];
    case 'file_changed':
      return [
        trans.__('The file %1 has been changed by somebody else.', of('path')),
        trans.__('Open it again, and change that.')
      ];
  }
}
