/** One file to be carried. */
export interface IJob {
  /** Absolute, of this machine. */
  readonly local: string;
  readonly remote: string;
  /** Its reason is what ended it. */
  readonly signal: AbortSignal;
  /** How far it is. */
  readonly at: (bytes: number, size: number) => void;
}
