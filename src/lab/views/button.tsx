import * as React from 'react';

/** A small native button; `label` is what a screen reader says if the text is not enough. */
export function SmallButton(props: {
  children: React.ReactNode;
  onClick: () => void;
  label?: string;
  title?: string;
  disabled?: boolean;
  kind?: 'plain' | 'link' | 'warn';
}): React.JSX.Element {
  return (
    <button
      type="button"
      className={`jp-Pilothouse-button jp-mod-${props.kind ?? 'plain'}`}
      aria-label={props.label}
      title={props.title ?? props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** The head of something that opens: one button over its whole width. */
export function Disclosure(props: {
  open: boolean;
  onToggle: () => void;
  controls: string;
  children: React.ReactNode;
  className?: string;
  title?: string;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className={`jp-Pilothouse-disclosure ${props.className ?? ''}`}
      aria-expanded={props.open}
      aria-controls={props.open ? props.controls : undefined}
      title={props.title}
      onClick={props.onToggle}
    >
      <span className="jp-Pilothouse-caret" aria-hidden="true">
        {props.open ? '▾' : '▸'}
      </span>
      {props.children}
    </button>
  );
}
