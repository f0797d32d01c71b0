import { count, inWords, memory } from '../../words';
import { parseWalltime } from '../../../protocol';
import { numberAt, textAt } from '../paths';
import type { IFieldContext, ISection } from './field';

/** The shape of one pilot. */
export function pilotSection(context: IFieldContext): ISection {
  const { trans } = context;
  return {
    id: 'pilot',
    title: trans.__('Each pilot'),
    summary: summaryOf(context),
    fields: [
      { path: 'pilot.cores', label: trans.__('Cores'), input: 'number', example: '1' },
      { path: 'pilot.memoryMiB', label: trans.__('Memory'), input: 'memory', example: '2 GiB' },
      { path: 'pilot.diskMiB', label: trans.__('Disk'), input: 'memory', example: '4 GiB' },
      { path: 'pilot.gpus', label: trans.__('GPUs'), input: 'number', example: '1' },
      { path: 'pilot.walltime', label: trans.__('Walltime'), input: 'walltime' },
      {
        path: 'pilot.workers',
        label: trans.__('Workers'),
        input: 'number',
        example: '4'
      }
    ]
  };
}

function summaryOf({ trans, written }: IFieldContext): string {
  const [cores, memoryMiB, diskMiB, gpus] = [
    numberAt(written, 'pilot.cores') ?? 1,
    numberAt(written, 'pilot.memoryMiB'),
    numberAt(written, 'pilot.diskMiB'),
    numberAt(written, 'pilot.gpus') ?? 0
  ];
  const walltime = parseWalltime(textAt(written, 'pilot.walltime'));
  return [
    trans._n('1 core', '%2 cores', cores, count(cores)),
    memoryMiB === null ? '' : memory(trans, memoryMiB),
    diskMiB === null ? '' : trans.__('%1 of disk', memory(trans, diskMiB)),
    gpus === 0 ? '' : trans._n('1 GPU', '%1 GPUs', gpus),
    'seconds' in walltime ? inWords(trans, walltime.seconds) : ''
  ]
    .filter(part => part !== '')
    .join(' · ');
}
