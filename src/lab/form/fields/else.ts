import { at, isRecord, linesAt } from '../paths';
import type { IField, IFieldContext, ISection } from './field';

/** What is passed on as it is, and how long logs are kept. */
export function elseSection({ trans, written, kind }: IFieldContext): ISection {
  const fields: IField[] = [];
  if (kind === 'htcondor') {
    fields.push({
      path: 'scheduler.attributes',
      label: trans.__('Further attributes'),
      input: 'attributes',
      example: '"UCSD"'
    });
  }
  if (kind !== 'local') {
    fields.push({
      path: 'scheduler.further',
      label: kind === 'slurm' ? trans.__('Further #SBATCH lines') : trans.__('Further lines'),
      input: 'block',
      example: kind === 'slurm' ? '#SBATCH --nice=100' : 'rank = Mips'
    });
  }
  fields.push({
    path: 'logs.keepDays',
    label: trans.__('Keep logs for'),
    input: 'number',
    unit: 'days',
    example: '14'
  });
  const lines = linesAt(written, 'scheduler.further').length;
  const attributes = at(written, 'scheduler.attributes');
  const names = isRecord(attributes) ? Object.keys(attributes) : [];
  const parts = [
    ...names,
    lines === 0 ? '' : trans._n('1 further line', '%1 further lines', lines)
  ].filter(part => part !== '');
  return {
    id: 'else',
    title: trans.__('Anything else'),
    summary: parts.length > 0 ? parts.join(' · ') : trans.__('nothing'),
    fields
  };
}
