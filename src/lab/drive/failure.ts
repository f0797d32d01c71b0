import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { troubleOf } from '../request';
import type { Trouble } from '../tokens';
import { sentence } from '../words';

/** What JupyterLab makes of a status: 404 is what is not there, 403 what may only be read. */
type Status = 400 | 404 | 503;

/** What the drive could not do, in the form in which JupyterLab's own drive says it. */
export class FileFailure extends ServerConnection.ResponseError {
  constructor(
    trans: TranslationBundle,
    readonly trouble: Trouble,
    /** The drive's path that it is about. */
    readonly localPath: string,
    status: Status = isAway(trouble) ? 503 : 400
  ) {
    const { what, remedy, words } = sentence(trans, trouble);
    super(
      new Response(null, { status }),
      [what, remedy, words].filter(Boolean).join(' '),
      // JupyterLab shows a traceback if there is one.
      ''
    );
    this.name = 'FileFailure';
  }

  /** Nobody is logged in there, or the connection broke. */
  get isAway(): boolean {
    return isAway(this.trouble);
  }
}

const AWAY = ['login_needed', 'host_lost', 'bridge_unreachable'];

/** Whether the same may succeed once the way there is back. */
export function isAway(trouble: Trouble): boolean {
  return trouble.kind === 'bridge' ? AWAY.includes(trouble.error.code) : trouble.status === null;
}

/** What was thrown, as a failure about a path. */
export function failureOf(
  trans: TranslationBundle,
  error: unknown,
  localPath: string
): FileFailure {
  return error instanceof FileFailure ? error : new FileFailure(trans, troubleOf(error), localPath);
}

/** A failure that the browser finds by itself. */
export function unusable(
  trans: TranslationBundle,
  localPath: string,
  path: string,
  problem: string,
  status?: Status
): FileFailure {
  const trouble: Trouble = {
    kind: 'bridge',
    error: { code: 'file_failed', params: { path, problem } }
  };
  return new FileFailure(trans, trouble, localPath, status);
}
