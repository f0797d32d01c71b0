import * as React from 'react';
import type { FieldProblem } from '../../protocol';
import { useSurroundings } from '../views';
import type { Answers, Draft, Link } from './draft';
import { allProblems } from './draft';

/** What all parts of one form share. */
export interface IForm {
  readonly draft: Draft;
  readonly answers: Answers;
  readonly link: Link;
  /** All that is wrong, each at its field. */
  readonly problems: readonly FieldProblem[];
  /** Begins the ids of its controls. */
  readonly id: string;
  /** Opens the section of the field at this path and puts the cursor there. */
  goTo(path: string): void;
}

const FormContext = React.createContext<IForm | null>(null);
export const FormProvider = FormContext.Provider;

export function useForm(): IForm {
  const form = React.useContext(FormContext);
  if (form === null) {
    throw new Error('This component belongs inside a form.');
  }
  return form;
}

/** Draws again whenever one of these signals is emitted. */
export function useSignals(
  ...emitters: readonly {
    changed: { connect(slot: () => void): boolean; disconnect(slot: () => void): boolean };
  }[]
): void {
  const [, draw] = React.useReducer((turn: number) => turn + 1, 0);
  React.useEffect(() => {
    for (const { changed } of emitters) {
      changed.connect(draw);
    }
    return () => {
      for (const { changed } of emitters) {
        changed.disconnect(draw);
      }
    };
    // The emitters of a form live as long as it does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, emitters);
}

/** All problems of a draft, made anew when it or what the bridge says has changed. */
export function useProblems(draft: Draft, answers: Answers): FieldProblem[] {
  const { trans } = useSurroundings();
  return allProblems(trans, draft, answers);
}

/** The id of a field's control, for its label and for who puts the cursor there. */
export const controlId = (form: Pick<IForm, 'id'>, path: string): string => `${form.id}-${path}`;
