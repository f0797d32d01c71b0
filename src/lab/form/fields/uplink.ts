import { at } from '../paths';
import type { IFieldContext, ISection } from './field';

/** How pilots reach home. */
export function uplinkSection({ trans, written }: IFieldContext): ISection {
  const kinds = at(written, 'uplink.kinds');
  return {
    id: 'uplink',
    title: trans.__('Way home'),
    summary: Array.isArray(kinds) && kinds.length > 0 ? kinds.map(String).join(', ') : 'direct',
    fields: [
      { path: 'uplink.kinds', label: trans.__('Ways, in this order'), input: 'words' },
      {
        path: 'uplink.listenAddress',
        label: trans.__('Listen at'),
        input: 'code',
        example: '192.0.2.10'
      },
      {
        path: 'uplink.listenPorts',
        label: trans.__('Listen on ports'),
        input: 'code',
        example: '9000-9100'
      },
      {
        path: 'uplink.advertiseAddress',
        label: trans.__('Advertise address'),
        input: 'code',
        example: 'notebook.example.org'
      },
      {
        path: 'uplink.advertisePort',
        label: trans.__('Advertise port'),
        input: 'number',
        example: '9000'
      }
    ]
  };
}
