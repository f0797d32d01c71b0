import { isAbsolute, join } from 'node:path';

/** What stands for the tokens of ssh_config(5), TOKENS. */
export interface ITokens {
  readonly home: string;
  readonly localUser: string;
  /** As it was asked for. */
  readonly original: string;
  readonly host: string;
  readonly alias: string | null;
  readonly port: number;
  readonly user: string;
}

/** A file's name as ssh_config(5) has it: `~`, `%` and `${}`; relative ones are the home folder's. */
export function expandPath(
  written: string,
  tokens: ITokens,
  environment: Readonly<Record<string, string | undefined>>
): string {
  const meaning: Record<string, string> = {
    '%': '%',
    d: tokens.home,
    h: tokens.host,
    k: tokens.alias ?? tokens.host,
    n: tokens.original,
    p: String(tokens.port),
    r: tokens.user,
    u: tokens.localUser
  };
  const filled = written
    .replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => environment[name] ?? '')
    .replace(/%(.)/g, (whole, token: string) => (token in meaning ? meaning[token] : whole));
  const path = /^~(?=\/|$)/.test(filled) ? `${tokens.home}${filled.slice(1)}` : filled;
  return isAbsolute(path) ? path : join(tokens.home, path);
}
