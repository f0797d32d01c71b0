import * as React from 'react';

/** A piece of a text: an address that can be opened, or words. */
export interface IPiece {
  readonly text: string;
  /** null: words. */
  readonly url: string | null;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`“”„«»]+/gi;
/** What ends a sentence or a bracket rather than an address. */
const AFTER = /[.,;:!?…]+$/;

/** A text cut at its web addresses. Only http and https are links, and none that names a user. */
export function piecesOf(text: string): IPiece[] {
  const pieces: IPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const url = urlOf(address);
    if (url !== null) {
      if (match.index > end) {
        pieces.push({ text: text.slice(end, match.index), url: null });
      }
      pieces.push({ text: address, url });
      end = match.index + address.length;
    }
  }
  if (end < text.length) {
    pieces.push({ text: text.slice(end), url: null });
  }
  return pieces;
}

/** Without the sentence's own end; a closing bracket belongs to it only if one is open in it. */
function trimmed(address: string): string {
  let kept = address.replace(AFTER, '');
  for (const [open, close] of ['()', '[]', '{}']) {
    while (kept.endsWith(close) && kept.split(close).length > kept.split(open).length) {
      kept = kept.slice(0, -1).replace(AFTER, '');
    }
  }
  return kept;
}

function urlOf(address: string): string | null {
  const url = parsed(address);
  if (url === null) {
    return null;
  }
  // `https://bank.example@elsewhere.example` is a place that it does not look like.
  const isPlain = url.username === '' && url.password === '';
  return isPlain && ['http:', 'https:'].includes(url.protocol) ? url.href : null;
}

function parsed(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null; // No address, whatever it looks like: it stays words.
  }
}

/** A machine's own text: never more than text, but for its links. */
export function LinkedText(props: { text: string }): React.JSX.Element {
  return (
    <>
      {piecesOf(props.text).map(({ text, url }, index) =>
        url === null ? (
          text
        ) : (
          <a key={index} href={url} target="_blank" rel="noopener noreferrer">
            {text}
          </a>
        )
      )}
    </>
  );
}
