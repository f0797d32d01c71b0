import type { FieldProblem } from '../../protocol';

/** What keeps a profile from being used, at its field. */
export const error = (field: string, message: string): FieldProblem => ({
  field,
  message,
  severity: 'error'
});
