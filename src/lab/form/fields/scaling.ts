import { count } from '../../words';
import { at, numberAt } from '../paths';
import type { IField, IFieldContext, ISection } from './field';

/** How many pilots, and when they leave. */
export function scalingSection({ trans, written }: IFieldContext): ISection {
  const [min, max] = [
    numberAt(written, 'scaling.min') ?? 0,
    numberAt(written, 'scaling.max') ?? 64
  ];
  const automatic = at(written, 'scaling.automatic') !== false;
  const fields: IField[] = [
    {
      path: 'scaling.initial',
      label: trans.__('Start with'),
      input: 'number',
      example: '4'
    },
    { path: 'scaling.min', label: trans.__('At least'), input: 'number', example: '0' },
    { path: 'scaling.max', label: trans.__('At most'), input: 'number', example: '64' },
    { path: 'scaling.automatic', label: trans.__('Automatic'), input: 'switch' }
  ];
  if (!automatic) {
    fields.push({
      path: 'scaling.automaticWhy',
      label: trans.__('Why not automatic'),
      input: 'text'
    });
  }
  fields.push(
    seconds('scaling.idleSeconds', trans.__('Give up idle ones after'), '600'),
    seconds('scaling.restSeconds', trans.__('Lend elsewhere after'), '60'),
    seconds('scaling.noContactSeconds', trans.__('End without contact after'), '600'),
    seconds('scaling.drainSeconds', trans.__('Reserve before the end'), '60')
  );
  return {
    id: 'scaling',
    title: trans.__('Scaling'),
    summary: automatic
      ? trans.__('automatic, between %1 and %2', count(min), count(max))
      : trans.__('by hand, at most %1', count(max)),
    fields
  };
}

function seconds(path: string, label: string, example: string): IField {
  return { path, label, example, input: 'number', unit: 'seconds' };
}
