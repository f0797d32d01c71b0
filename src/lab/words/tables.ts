import type { TranslationBundle } from '@jupyterlab/translation';

/** Context under which sentences of the contract are translated, as JupyterLab does with schemas. */
const CONTEXT = 'schema';

/**
 * A sentence that stands in the contract (src/protocol) and not here: the
 * profile's schema, its templates, why pilots wait. The contract is read by
 * programs of two languages, so that its English is data, and its catalogue is
 * made from pilothouse/schemas as JupyterLab makes those of settings.
 */
export function ofContract(catalogue: TranslationBundle, sentence: string): string {
  return sentence === '' ? '' : catalogue._p(CONTEXT, sentence);
}
