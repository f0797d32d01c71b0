import { PilothouseError } from '../errors';
import type { IClock, IDisposable, ILog } from '../tokens';
import { RotatingFile } from './file';

/** Longest text of one field; the rest is cut, with its length said. */
export const LOG_TEXT_CHARS = 8000;

const SECRET_NAME = /secret|password|passphrase|token|authorization|curve|privatekey/i;

/** Keeps what a field's name calls a secret out of the log, and cuts what is very long. */
function presentable(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) {
    return '[not logged]';
  }
  if (typeof value === 'string' && value.length > LOG_TEXT_CHARS) {
    return `${value.slice(0, LOG_TEXT_CHARS)}… (${value.length} characters)`;
  }
  return typeof value === 'bigint' ? value.toString() : value;
}

/** An error as fields: its words, its stack, and the code and data of ours. */
export function errorFields(error: unknown): Record<string, unknown> {
  if (error instanceof PilothouseError) {
    return { error: error.message, data: error.data, stack: error.stack };
  }
  if (error instanceof Error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { error: error.message, ...(code === undefined ? {} : { code }), stack: error.stack };
  }
  return { error: String(error) };
}

/** The bridge's log: one JSON object a line, `time`, `level`, `event`, then the event's fields. */
export class Log implements ILog, IDisposable {
  constructor(
    private readonly _clock: Pick<IClock, 'now'>,
    private readonly _file: Pick<RotatingFile, 'write' | 'dispose' | 'path'>
  ) {}

  get path(): string {
    return this._file.path;
  }

  info(event: string, fields?: Record<string, unknown>): void {
    this._write('info', event, fields);
  }

  warn(event: string, fields?: Record<string, unknown>): void {
    this._write('warn', event, fields);
  }

  error(event: string, error: unknown, fields?: Record<string, unknown>): void {
    this._write('error', event, { ...fields, ...errorFields(error) });
  }

  dispose(): void {
    this._file.dispose();
  }

  private _write(level: string, event: string, fields: Record<string, unknown> = {}): void {
    const time = new Date(this._clock.now()).toISOString();
    const line = (content: object): string => `${JSON.stringify(content, presentable)}\n`;
    try {
      if (this._lost > 0) {
        this._file.write(line({ time, level: 'warn', event: 'log_lost', lines: this._lost }));
        this._lost = 0;
      }
      this._file.write(line({ time, level, event, ...fields }));
    } catch {
      // A full disk: the bridge lives on, and says how much is missing once it can.
      this._lost += 1;
    }
  }

  private _lost = 0;
}

/** @throws where the file cannot be opened or made */
export function openLog(path: string, clock: Pick<IClock, 'now'>): Log {
  return new Log(clock, new RotatingFile(path));
}
