import * as React from 'react';
import { troubleOf } from '../request';
import type { Trouble } from '../tokens';

/** Something a person has asked for: whether it is under way, and what went wrong. */
export interface IAction {
  readonly busy: boolean;
  readonly trouble: Trouble | null;
  run(work: () => Promise<unknown>): void;
  /** Forgets what went wrong. */
  clear(): void;
}

/** Runs one request at a time and keeps its failure for the person to read. */
export function useAction(): IAction {
  const [busy, setBusy] = React.useState(false);
  const [trouble, setTrouble] = React.useState<Trouble | null>(null);
  const mounted = React.useRef(true);
  React.useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const run = (work: () => Promise<unknown>): void => {
    setBusy(true);
    setTrouble(null);
    const done = (failure: Trouble | null): void => {
      if (mounted.current) {
        setBusy(false);
        setTrouble(failure);
      }
    };
    work().then(
      () => done(null),
      (error: unknown) => done(troubleOf(error))
    );
  };
  return { busy, trouble, run, clear: () => setTrouble(null) };
}
