import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { OPENED_BYTES } from '../drive';
import { bytes } from '../words';

/** Whether a file is too large for a page. */
export const isLarge = (size: number | undefined): boolean => (size ?? 0) > OPENED_BYTES;

/** Offers to download what is too large to be opened. */
export async function wantsDownload(
  trans: TranslationBundle,
  name: string,
  size: number
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Download %1?', name),
    body: trans.__(
      'It has %1. Files of more than %2 are not opened here.',
      bytes(trans, size),
      bytes(trans, OPENED_BYTES)
    ),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Download') })]
  });
  return button.accept;
}
