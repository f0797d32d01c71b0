import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { FileBrowser } from '@jupyterlab/filebrowser';

/** JupyterLab's plugin whose settings say how its own file browser looks. */
const PLUGIN = '@jupyterlab/filebrowser-extension:browser';

/** What a person sets for JupyterLab's own file browser and means for any. */
const FOLLOWED = [
  'showHiddenFiles',
  'showLastModifiedColumn',
  'showFileCheckboxes',
  'singleClickNavigation',
  'sortNotebooksFirst'
] as const satisfies (keyof FileBrowser)[];

/** Lets a browser look as the person has JupyterLab's own, now and whenever that is changed. */
export async function followSettings(
  browser: FileBrowser,
  registry: ISettingRegistry
): Promise<void> {
  const settings = await registry.load(PLUGIN);
  const follow = (): void => {
    for (const name of FOLLOWED) {
      const value = settings.get(name).composite;
      if (typeof value === 'boolean' && browser[name] !== value) {
        browser[name] = value;
      }
    }
  };
  settings.changed.connect(follow, browser);
  follow();
}
