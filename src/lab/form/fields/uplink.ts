import type { TranslationBundle } from '@jupyterlab/translation';
import { UplinkKind } from '../../../protocol';
import { at } from '../paths';
import type { IField, IFieldContext, ISection } from './field';

/** How pilots reach home: the ways, and what those that are listed need. */
export function uplinkSection({ trans, written }: IFieldContext): ISection {
  const kinds = at(written, 'uplink.kinds');
  const listed = Array.isArray(kinds) && kinds.length > 0 ? kinds.map(String) : ['direct'];
  // What is written is shown, too, where its way is not listed: it is not lost unseen.
  const needed = UplinkKind.options.flatMap(kind =>
    fieldsOf(trans, kind).filter(
      ({ path }) => listed.includes(kind) || at(written, path) !== undefined
    )
  );
  return {
    id: 'uplink',
    title: trans.__('Way home'),
    summary: listed.join(', '),
    fields: [
      { path: 'uplink.kinds', label: trans.__('Ways, in this order'), input: 'words' },
      ...needed,
      {
        path: 'uplink.resumeSeconds',
        label: trans.__('Silent for at most'),
        input: 'number',
        unit: 'seconds'
      }
    ]
  };
}

/** What one way needs to be told. */
function fieldsOf(trans: TranslationBundle, kind: UplinkKind): IField[] {
  switch (kind) {
    case 'direct':
      return [
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
      ];
    case 'submit-host':
      return [
        {
          path: 'uplink.submitHostAddress',
          label: trans.__('Submit host’s address'),
          input: 'code',
          example: 'login1.cluster.internal'
        },
        {
          path: 'uplink.submitHostPorts',
          label: trans.__('Submit host’s ports'),
          input: 'code',
          example: '9000-9100'
        }
      ];
    case 'relay':
      return [
        {
          path: 'uplink.relay',
          label: trans.__('Relay'),
          input: 'code',
          example: 'relay.example.org:8443'
        },
        {
          path: 'uplink.relaySecretFile',
          label: trans.__('Relay’s secret file'),
          input: 'code',
          example: '/home/alice/.config/pilothouse-relay'
        }
      ];
  }
}
