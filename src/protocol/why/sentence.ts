import type { IWhySentence, WhyAction } from '.';

/** A sentence, and what of it a button can do, best first. */
export interface IExplained extends IWhySentence {
  readonly actions: readonly WhyAction[];
}

export const edit = (field: string): WhyAction => ({ kind: 'edit', field });
export const WAIT: WhyAction = { kind: 'wait' };
export const REMOVE: WhyAction = { kind: 'remove' };
export const RELEASE: WhyAction = { kind: 'release' };

export const BY_ITSELF = 'It starts by itself.';
export const NEVER = 'It will not start as it is.';

export const why = (
  title: string,
  says: string,
  helps: string,
  ...actions: readonly WhyAction[]
): IExplained => ({ title, says, helps, actions });
