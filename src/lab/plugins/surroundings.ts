import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ITranslator } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import { browserClock } from '../clock';
import type { IPilothouseModel } from '../tokens';
import type { ISurroundings } from '../views';
import { DOMAIN } from '../words';

/** What a plugin's views need, from what the plugin got. */
export function surroundingsOf(
  app: JupyterFrontEnd,
  model: IPilothouseModel,
  translator: ITranslator | null
): ISurroundings {
  return {
    model,
    trans: (translator ?? nullTranslator).load(DOMAIN),
    commands: app.commands,
    clock: browserClock
  };
}
