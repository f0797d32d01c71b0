import { LogFile } from '../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';

/** A text among a command's arguments; null if it is not there. */
export function text(args: unknown, name: string): string | null {
  const value =
    typeof args === 'object' && args !== null ? (args as Record<string, unknown>)[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What an item of the context menu says: it is about what was pointed at. */
export const POINTED = { pointed: true } as const;

/** Whether a command comes from the context menu. */
export function isPointed(args: unknown): boolean {
  return (args as { pointed?: unknown } | undefined)?.pointed === POINTED.pointed;
}

/** A command without arguments. */
export const NO_ARGS = { type: 'object', properties: {} } as const;

/** The arguments of commands about one place. */
export function poolArgs(trans: TranslationBundle) {
  return {
    type: 'object',
    properties: {
      pool: { type: 'string', description: trans.__('The place’s name') },
      pointed: { type: 'boolean', description: trans.__('Whether it is the place pointed at') }
    }
  } as const;
}

/** The arguments of commands about one pilot. */
export function pilotArgs(trans: TranslationBundle) {
  return {
    type: 'object',
    required: ['pilot'],
    properties: { pilot: { type: 'string', description: trans.__('The pilot’s id') } }
  } as const;
}

/** The arguments of the command that shows a pilot's files. */
export function logArgs(trans: TranslationBundle) {
  const { type, required, properties } = pilotArgs(trans);
  return {
    type,
    required,
    properties: {
      ...properties,
      file: {
        type: 'string',
        enum: LogFile.options,
        description: trans.__('Which of its files; its output if not said')
      },
      worker: {
        type: ['integer', 'null'],
        description: trans.__('Which worker’s, where the file is “worker”; the first if not said')
      }
    }
  } as const;
}
