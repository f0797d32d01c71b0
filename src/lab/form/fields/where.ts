import { textAt } from '../paths';
import type { IFieldContext, ISection } from './field';

/** The submit host, and how to log in to it. */
export function whereSection({ trans, written }: IFieldContext): ISection {
  const address = textAt(written, 'submitHost.address');
  const user = textAt(written, 'submitHost.user');
  return {
    id: 'where',
    title: trans.__('Where'),
    summary: address === '' ? trans.__('this machine') : [user, address].filter(Boolean).join('@'),
    fields: [
      {
        path: 'submitHost.address',
        label: trans.__('Submit host'),
        input: 'code',
        example: 'ap40.uw.osg-htc.org'
      },
      { path: 'submitHost.user', label: trans.__('User'), input: 'code', example: 'alice' },
      { path: 'submitHost.port', label: trans.__('SSH port'), input: 'number', example: '22' },
      {
        path: 'submitHost.jumpHosts',
        label: trans.__('Jump hosts'),
        input: 'lines',
        example: 'alice@gate.example.org:22'
      },
      { path: 'submitHost.transport', label: trans.__('Log in with'), input: 'choice' },
      {
        path: 'submitHost.keyFile',
        label: trans.__('Key file'),
        input: 'code',
        example: '~/.ssh/id_ed25519'
      },
      {
        path: 'submitHost.folder',
        label: trans.__('Folder there'),
        input: 'code',
        example: '~/pilothouse'
      }
    ]
  };
}
