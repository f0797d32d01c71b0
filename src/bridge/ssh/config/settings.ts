import { expandPath, type ITokens } from './expand';
import type { ISshSurroundings } from './surroundings';
import type { ConfigValues } from './values';

/** Who is dialled, as a profile or a ProxyJump says it. */
export interface IAsked {
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
  readonly keyFile?: string;
  /** Jump hosts, nearest first; absent: as the configuration says. */
  readonly jumpHosts?: readonly string[];
}

/** What ssh_config(5) and the profile say of one machine, as far as a login by ssh2 heeds it. */
export interface ISshSettings {
  /** By which the configuration was asked, and is to be again. */
  readonly asked: Pick<IAsked, 'address' | 'user' | 'port'>;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute; the profile's first. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket; null: none. */
  readonly identityAgent: string | null;
  readonly certificateFiles: readonly string[];
  readonly jumpHosts: readonly string[];
  readonly proxyCommand: string | null;
  readonly knownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hashKnownHosts: boolean;
  readonly hostKeyAlias: string | null;
  /** No new machine key may be accepted, whoever would (`StrictHostKeyChecking yes`). */
  readonly strictHostKeys: boolean;
  /** ssh would go on in the background once it is in (`ForkAfterAuthentication yes`, since 8.7). */
  readonly forks: boolean;
  /** A file of revoked keys, which may be in a form of OpenSSH's own (ssh-keygen(1), -k); null: none. */
  readonly revokedHostKeys: string | null;
  /** null: as ssh2 has them. */
  readonly algorithms: Readonly<Record<AlgorithmKind, readonly string[] | null>>;
  /** Methods that may be used, in the order in which they are preferred. */
  readonly methods: readonly string[];
  /** What ssh2 cannot do, in words, should nothing else let the user in. */
  readonly unfit: readonly string[];
}
export type AlgorithmKind = 'kex' | 'serverHostKey' | 'cipher' | 'hmac';

const DEFAULT_PORT = 22;
/** ssh_config(5), PreferredAuthentications, as far as ssh2 can. */
const METHODS = ['publickey', 'keyboard-interactive', 'password'] as const;
const ALLOWED_BY = {
  publickey: 'pubkeyauthentication',
  'keyboard-interactive': 'kbdinteractiveauthentication',
  password: 'passwordauthentication'
} as const;
const KEY_NAMES = ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ecdsa_sk', 'id_ed25519_sk'];

/** What the profile says wins. */
export function settingsFrom(
  values: ConfigValues,
  asked: IAsked,
  around: Pick<ISshSurroundings, 'home' | 'user' | 'environment'>
): ISshSettings {
  const first = (name: string): string | null => {
    const [value = ''] = values.get(name) ?? [];
    return value === '' || value.toLowerCase() === 'none' ? null : value;
  };
  const says = (name: string, otherwise: boolean): boolean => {
    const value = first(name)?.toLowerCase();
    return value === undefined ? otherwise : !['no', 'false'].includes(value);
  };
  const list = (name: string): readonly string[] | null => first(name)?.split(',') ?? null;

  const host = first('hostname')?.replaceAll('%h', asked.address) ?? asked.address;
  const port = asked.port ?? Number(first('port') ?? DEFAULT_PORT);
  const user = asked.user ?? first('user') ?? around.user;
  const hostKeyAlias = first('hostkeyalias');
  const { home, user: localUser } = around;
  const tokens: ITokens = {
    ...{ home, localUser, host, port, user },
    original: asked.address,
    alias: hostKeyAlias
  };
  const path = (written: string): string => expandPath(written, tokens, around.environment);
  const all = (name: string): string[] =>
    (values.get(name) ?? []).filter(value => value !== '' && value !== 'none');

  const keyFiles = values.has('identityfile')
    ? all('identityfile')
    : KEY_NAMES.map(name => `~/.ssh/${name}`);
  const preferred = list('preferredauthentications') ?? METHODS;
  return {
    asked: { address: asked.address, user: asked.user, port: asked.port },
    ...{ host, port, user, hostKeyAlias },
    identityFiles: unique(
      [...(asked.keyFile === undefined ? [] : [asked.keyFile]), ...keyFiles].map(path)
    ),
    identitiesOnly: says('identitiesonly', false),
    identityAgent: agentOf(values.get('identityagent')?.[0], around.environment, path),
    certificateFiles: all('certificatefile').map(path),
    jumpHosts: asked.jumpHosts ?? list('proxyjump') ?? [],
    proxyCommand: (asked.jumpHosts ?? []).length > 0 ? null : first('proxycommand'),
    knownHostsFiles: filesOf(
      values,
      'userknownhostsfile',
      '~/.ssh/known_hosts ~/.ssh/known_hosts2'
    ).map(path),
    globalKnownHostsFiles: filesOf(
      values,
      'globalknownhostsfile',
      '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2'
    ).map(path),
    hashKnownHosts: says('hashknownhosts', false),
    strictHostKeys: ['yes', 'true'].includes(first('stricthostkeychecking')?.toLowerCase() ?? ''),
    forks: says('forkafterauthentication', false),
    revokedHostKeys: first('revokedhostkeys'),
    algorithms: {
      kex: list('kexalgorithms'),
      serverHostKey: list('hostkeyalgorithms'),
      cipher: list('ciphers'),
      hmac: list('macs')
    },
    methods: preferred.filter(isOurs).filter(method => says(ALLOWED_BY[method], true)),
    unfit: unfitOf(values, all('certificatefile'))
  };
}

const isOurs = (method: string): method is (typeof METHODS)[number] =>
  METHODS.some(each => each === method);

const unique = (paths: readonly string[]): string[] => [...new Set(paths)];

/** Files between spaces, which their names may hold too: each begins with `/` or `~`. */
function filesOf(values: ConfigValues, name: string, otherwise: string): string[] {
  const [written = otherwise] = values.get(name) ?? [];
  return written === 'none' ? [] : written.split(/ +(?=[/~])/);
}

/** ssh_config(5), IdentityAgent. */
function agentOf(
  written: string | undefined,
  environment: ISshSurroundings['environment'],
  path: (written: string) => string
): string | null {
  if (written === 'none') {
    return null;
  }
  if (written === undefined || written === '' || written === 'SSH_AUTH_SOCK') {
    return environment.SSH_AUTH_SOCK ?? null;
  }
  const variable = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(written);
  return variable === null ? path(written) : (environment[variable[1]] ?? null);
}

/** Ways in that ssh2 has not got. */
function unfitOf(values: ConfigValues, certificates: readonly string[]): string[] {
  const provider = values.get('pkcs11provider')?.[0] ?? 'none';
  return [
    ...certificates.map(file => `the certificate ${file}`),
    ...(provider === 'none' || provider === '' ? [] : [`the PKCS#11 token of ${provider}`])
  ];
}
