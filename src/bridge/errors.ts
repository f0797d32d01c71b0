import type { ErrorCode, ErrorData } from '../protocol';
import type { IPilothouseErrorOptions } from './tokens';

/** What the bridge could not do, for whom and why; travels whole to the person. */
export class PilothouseError extends Error {
  constructor(options: IPilothouseErrorOptions, cause?: unknown) {
    super(
      `${options.code} ${JSON.stringify(options.params ?? {})}${options.words ? `: ${options.words}` : ''}`,
      { cause }
    );
    this.name = 'PilothouseError';
    this.code = options.code;
    this.data = {
      code: options.code,
      params: options.params ?? {},
      ...(options.machine === undefined ? {} : { machine: options.machine }),
      ...(options.words === undefined ? {} : { words: options.words })
    };
  }

  readonly code: ErrorCode;
  readonly data: ErrorData;
}
