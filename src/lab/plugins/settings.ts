import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { PilothouseSettings } from '../settings';
import { IPilothouseSettings } from '../tokens';

/** The name of the settings' schema, schema/plugin.json. */
const ID = 'jupyterlab-pilothouse:plugin';

/** What a person chose to see. */
export const settings: JupyterFrontEndPlugin<IPilothouseSettings> = {
  id: ID,
  description: 'Settings of Pilothouse’s views.',
  autoStart: true,
  provides: IPilothouseSettings,
  optional: [ISettingRegistry],
  activate: (_app: JupyterFrontEnd, registry: ISettingRegistry | null) => {
    const chosen = new PilothouseSettings();
    registry?.load(ID).then(
      loaded => chosen.follow(loaded),
      // The defaults hold; the settings editor itself says what is wrong with the file.
      () => undefined
    );
    return chosen;
  }
};
