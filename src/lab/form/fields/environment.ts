import { at, linesAt } from '../paths';
import type { IFieldContext, ISection } from './field';

/** What pilots find where they run. */
export function environmentSection({ trans, written }: IFieldContext): ISection {
  const modules = at(written, 'environment.modules');
  const lines = linesAt(written, 'environment.workerInit').length;
  const files = at(written, 'environment.files');
  const number = Array.isArray(files) ? files.length : 0;
  const parts = [
    Array.isArray(modules) ? modules.map(String).join(', ') : '',
    lines === 0 ? '' : trans._n('1 line of worker_init', '%1 lines of worker_init', lines),
    number === 0 ? '' : trans._n('1 file', '%1 files', number)
  ].filter(part => part !== '');
  return {
    id: 'environment',
    title: trans.__('Environment'),
    summary: parts.length > 0 ? parts.join(' · ') : trans.__('that of the notebook’s kernel'),
    fields: [
      {
        path: 'environment.modules',
        label: trans.__('Modules'),
        input: 'lines',
        example: 'python/3.11'
      },
      {
        path: 'environment.workerInit',
        label: trans.__('worker_init'),
        input: 'block',
        example: 'export OMP_NUM_THREADS=1'
      },
      {
        path: 'environment.setupSeconds',
        label: trans.__('Set up within'),
        input: 'number',
        unit: 'seconds',
        example: '1200'
      },
      {
        path: 'environment.files',
        label: trans.__('Files to bring'),
        input: 'lines',
        example: '/home/alice/calibration.csv'
      },
      {
        path: 'environment.folder',
        label: trans.__('Folder tasks run in'),
        input: 'code',
        example: '/scratch/alice'
      },
      { path: 'environment.kind', label: trans.__('Packages from'), input: 'choice' },
      {
        path: 'environment.python',
        label: trans.__('Python'),
        input: 'code',
        example: '/usr/bin/python3.11'
      },
      {
        path: 'environment.sharesFiles',
        label: trans.__('Sees the notebook’s files'),
        input: 'decision'
      }
    ]
  };
}
