import type { IField } from '../fields';
import type { IFieldSchema } from '../schema';

/** What every control of a field is given. */
export interface IInput {
  readonly field: IField;
  readonly schema: IFieldSchema;
  /** What is written; undefined: nothing. */
  readonly value: unknown;
  readonly id: string;
  readonly describedBy: string;
  readonly invalid: boolean;
  readonly disabled: boolean;
}
