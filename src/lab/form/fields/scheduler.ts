import type { SchedulerKind } from '../../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { numberAt } from '../paths';
import type { IField, IFieldContext, ISection } from './field';

/** A scheduler's name, as its makers write it. */
export function schedulerName(trans: TranslationBundle, kind: SchedulerKind): string {
  switch (kind) {
    case 'slurm':
      return 'Slurm';
    case 'htcondor':
      return 'HTCondor';
    case 'local':
      return trans.__('none: processes of the submit host');
  }
}

/** Which scheduler, and how often it is asked. */
export function schedulerSection({ trans, written, kind }: IFieldContext): ISection {
  const fields: IField[] = [
    { path: 'scheduler.kind', label: trans.__('Scheduler'), input: 'scheduler' }
  ];
  if (kind !== 'local') {
    fields.push(
      {
        path: 'scheduler.polling.everySeconds',
        label: trans.__('Ask every'),
        input: 'number',
        unit: 'seconds',
        example: '60'
      },
      {
        path: 'scheduler.polling.floorSeconds',
        label: trans.__('Never sooner than'),
        input: 'number',
        unit: 'seconds',
        example: '30'
      },
      {
        path: 'scheduler.polling.ceilingSeconds',
        label: trans.__('Never later than'),
        input: 'number',
        unit: 'seconds',
        example: '180'
      }
    );
  }
  const every = numberAt(written, 'scheduler.polling.everySeconds');
  return {
    id: 'scheduler',
    title: trans.__('Scheduler'),
    summary:
      every === null || kind === 'local'
        ? schedulerName(trans, kind)
        : trans.__('%1, asked every %2 s', schedulerName(trans, kind), every),
    fields
  };
}
