import type { ErrorData, HostConnection, Login, LoginQuestion } from '../../protocol';

/** What the dialog of a login shows. */
export type Stage =
  /** The machine is dialled, or thinks. */
  | { readonly kind: 'waiting'; readonly login: Login | null }
  | {
      readonly kind: 'key';
      readonly login: Login;
      readonly question: Extract<LoginQuestion, { kind: 'machine-key' }>;
    }
  | {
      readonly kind: 'prompts';
      readonly login: Login;
      readonly question: Extract<LoginQuestion, { kind: 'prompts' }>;
    }
  | { readonly kind: 'failed'; readonly trouble: ErrorData }
  /** Connected, or cancelled: there is nothing more to see. */
  | { readonly kind: 'over' };

/** What is to be shown of a connection that somebody logs in to; undefined: there is none any more. */
export function stageOf(host: HostConnection | undefined): Stage {
  switch (host?.state) {
    case 'logging-in':
      return ofLogin(host.login);
    case 'connected':
      return { kind: 'over' };
    case 'away':
      return host.trouble?.code === 'login_cancelled' ? { kind: 'over' } : failed(host.trouble);
    case 'lost':
    case 'failed':
      return failed(host.trouble);
    case undefined:
      return failed(null);
  }
}

function ofLogin(login: Login | null): Stage {
  if (login === null) {
    return { kind: 'waiting', login };
  }
  const { question } = login;
  switch (question.kind) {
    case 'none':
      return { kind: 'waiting', login };
    case 'machine-key':
      return { kind: 'key', login, question };
    case 'prompts':
      return { kind: 'prompts', login, question };
  }
}

/** Without a reason, the bridge has begun anew, or somebody logged out: the login is no more. */
function failed(trouble: ErrorData | null): Stage {
  return { kind: 'failed', trouble: trouble ?? { code: 'unknown_login', params: {} } };
}

/** One key for each thing that is asked: the fields of another question are other fields. */
export function keyOf(stage: Stage): string {
  switch (stage.kind) {
    case 'waiting':
    case 'failed':
    case 'over':
      return stage.kind;
    case 'key':
      return `key ${stage.login.login} ${stage.question.key.fingerprint}`;
    case 'prompts':
      return `prompts ${stage.login.login} ${stage.question.round}`;
  }
}
