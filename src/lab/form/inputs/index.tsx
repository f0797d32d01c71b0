import * as React from 'react';
import { AttributesInput } from './attributes';
import { ChoiceInput, DecisionInput, SchedulerInput, SwitchInput } from './choice';
import type { IInput } from './input';
import { TextInput } from './text';
import { WordsInput } from './words';

export type { IInput } from './input';

/** The control that a field is filled in with. */
export function Input(props: IInput): React.JSX.Element {
  switch (props.field.input) {
    case 'choice':
      return <ChoiceInput {...props} />;
    case 'words':
      return <WordsInput {...props} />;
    case 'switch':
      return <SwitchInput {...props} />;
    case 'decision':
      return <DecisionInput {...props} />;
    case 'attributes':
      return <AttributesInput {...props} />;
    case 'scheduler':
      return <SchedulerInput {...props} />;
    case 'text':
    case 'code':
    case 'number':
    case 'memory':
    case 'walltime':
    case 'lines':
    case 'block':
    case 'expression':
      return <TextInput {...props} />;
  }
}
