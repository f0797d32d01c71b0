import type { Contents } from '@jupyterlab/services';
import type { HostEntry } from '../../protocol';
import { joinLines, splitLines } from './notebooks';
import { nameOf } from './paths';

/** What a file holds, as JupyterLab wants it. */
export interface IContent {
  readonly type: 'file' | 'notebook';
  readonly format: 'text' | 'base64' | 'json';
  readonly content: unknown;
}

/** Why a file cannot be shown as what was asked for. */
export type Unfit = 'no text' | 'no notebook' | 'old notebook';

const OLDEST_NBFORMAT = 4;

const isNotebookName = (path: string): boolean => path.endsWith('.ipynb');

/** What JupyterLab lists and shows of a file or folder. */
export function modelOf(
  localPath: string,
  entry: HostEntry,
  mimeTypeOf: (localPath: string) => string
): Contents.IModel {
  const isFolder = entry.kind === 'folder';
  const changedAt = new Date(entry.modifiedAtMs).toISOString();
  return {
    name: nameOf(localPath),
    path: localPath,
    type: isFolder ? 'directory' : isNotebookName(localPath) ? 'notebook' : 'file',
    writable: entry.writable,
    // When it was made, few file systems tell.
    created: changedAt,
    last_modified: changedAt,
    mimetype: isFolder ? '' : mimeTypeOf(localPath),
    format: null,
    content: null,
    ...(isFolder ? {} : { size: entry.size })
  };
}

/** A file's bytes as what is asked for; where nothing is, as what it seems to be. */
export function decoded(
  localPath: string,
  bytes: Uint8Array<ArrayBuffer>,
  asked: Pick<Contents.IFetchOptions, 'type' | 'format'> = {}
): IContent | Unfit {
  const isNotebook =
    asked.type === 'notebook' || (asked.type === undefined && isNotebookName(localPath));
  if (isNotebook) {
    return ofNotebook(bytes);
  }
  if (asked.format === 'base64') {
    return { type: 'file', format: 'base64', content: base64Of(bytes) };
  }
  const text = textOf(bytes);
  if (text !== null) {
    return { type: 'file', format: 'text', content: text };
  }
  return asked.format === 'text'
    ? 'no text'
    : { type: 'file', format: 'base64', content: base64Of(bytes) };
}

function ofNotebook(bytes: Uint8Array<ArrayBuffer>): IContent | Unfit {
  let content: unknown;
  try {
    content = JSON.parse(textOf(bytes) ?? '');
  } catch {
    // Said to the person in words that say more than the parser's.
    return 'no notebook';
  }
  const version = (content as { nbformat?: unknown } | null)?.nbformat;
  if (typeof version !== 'number') {
    return 'no notebook';
  }
  return version < OLDEST_NBFORMAT
    ? 'old notebook'
    : { type: 'notebook', format: 'json', content: joinLines(content) };
}

/** The bytes of what JupyterLab saves. */
export function encoded(
  saved: Pick<Partial<Contents.IModel>, 'type' | 'format' | 'content'>
): Uint8Array<ArrayBuffer> {
  const content: unknown = saved.content;
  if (saved.type === 'notebook' && typeof content === 'object') {
    return bytesOfText(`${JSON.stringify(splitLines(content), null, 1)}\n`);
  }
  if (saved.format === 'base64' && typeof content === 'string') {
    return bytesOf(content);
  }
  return bytesOfText(typeof content === 'string' ? content : JSON.stringify(content ?? ''));
}

const bytesOfText = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** null: it is no UTF-8. */
function textOf(bytes: Uint8Array<ArrayBuffer>): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Bytes that are no text: the caller knows what else to do with them.
    return null;
  }
}

/** Characters at a time: all at once would be too many arguments. */
const AT_ONCE = 0x8000;

export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + AT_ONCE)));
  }
  return btoa(parts.join(''));
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), char => char.charCodeAt(0));
}
