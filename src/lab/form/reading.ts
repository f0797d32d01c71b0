import type { TranslationBundle } from '@jupyterlab/translation';
import { count, memory } from '../words';
import type { IFieldSchema } from './schema';

/** What a person typed into a field: a value, nothing (undefined), or why it is neither. */
export type Reading =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly message: string };

const value = (read: unknown): Reading => ({ kind: 'value', value: read });

const UNITS_MIB: Readonly<Record<string, number>> = { m: 1, g: 1024, t: 1024 * 1024 };

/** Reads a number within the schema's limits; a whole one where it says so. */
export function readNumber(trans: TranslationBundle, schema: IFieldSchema, typed: string): Reading {
  const text = typed.trim();
  if (text === '') {
    return value(undefined);
  }
  const isWhole = schema.type === 'integer';
  if (!(isWhole ? /^[+-]?\d+$/ : /^[+-]?\d+([.]\d+)?$/).test(text)) {
    return {
      kind: 'problem',
      message: isWhole
        ? trans.__('“%1” is not a whole number.', text)
        : trans.__('“%1” is not a number.', text)
    };
  }
  return value(Number(text));
}

/** Reads an amount of memory or disk: a number of MiB, or one with its unit, as in `2 GiB`. */
export function readMemory(trans: TranslationBundle, typed: string): Reading {
  const text = typed.trim();
  if (text === '') {
    return value(undefined);
  }
  const found = /^(\d+(?:[.,]\d+)?)\s*(?:([mgt])(?:i?b)?)?$/i.exec(text);
  if (found === null) {
    return {
      kind: 'problem',
      message: trans.__('“%1” is no amount: write MiB, or a unit, as in 2 GiB.', text)
    };
  }
  const [, amount, unit] = found;
  const inMiB = Number(amount.replace(',', '.')) * (unit ? UNITS_MIB[unit.toLowerCase()] : 1);
  return value(Math.round(inMiB));
}

/** An amount as it stands in the field: `2 GiB`, or MiB where that loses nothing. */
export function writeMemory(trans: TranslationBundle, memoryMiB: unknown): string {
  if (typeof memoryMiB !== 'number') {
    return memoryMiB === undefined ? '' : JSON.stringify(memoryMiB);
  }
  return memoryMiB >= 1024 && (memoryMiB * 10) % 1024 === 0
    ? memory(trans, memoryMiB)
    : trans.__('%1 MiB', String(memoryMiB));
}

/** Reads a list with one entry a line; empty lines are none. */
export function readLines(typed: string): Reading {
  const lines = typed
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
  return value(lines.length > 0 ? lines : undefined);
}

/** Why a number is out of the schema's limits; null: it is not. */
export function outOfLimits(
  trans: TranslationBundle,
  schema: IFieldSchema,
  number: number
): string | null {
  const { minimum, maximum } = schema;
  if (minimum !== null && number < minimum) {
    return trans.__('At least %1; you wrote %2.', count(minimum), count(number));
  }
  if (maximum !== null && number > maximum) {
    return trans.__('At most %1; you wrote %2.', count(maximum), count(number));
  }
  return null;
}
