import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { cells } from './plugins/cells';
import { commands } from './plugins/commands';
import { files } from './plugins/files';
import { form } from './plugins/form';
import { log } from './plugins/log';
import { login } from './plugins/login';
import { model } from './plugins/model';
import { panel } from './plugins/panel';
import { running } from './plugins/running';
import { settings } from './plugins/settings';
import { status } from './plugins/status';

export * from './tokens';

/** Each can be disabled alone. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  model,
  settings,
  commands,
  log,
  login,
  files,
  form,
  panel,
  cells,
  status,
  running
];
export default plugins;
