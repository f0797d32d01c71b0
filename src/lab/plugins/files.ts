import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, WidgetTracker } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { POINTED, isPointed, text } from '../commands';
import { DRIVE, PilothouseDrive } from '../drive';
import type { HostFiles } from '../files';
import { tellAwaited } from '../files/awaited';
import { filesIcon } from '../icons';
import { poolsOf } from '../model';
import { CommandIDs, IPilothouseModel } from '../tokens';
import { surroundingsOf } from './surroundings';

const ANYTHING = 'application/octet-stream';

/** The files of submit hosts: a drive of JupyterLab's, and a file browser on it. */
export const files: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:files',
  description: 'The files of submit hosts, as a drive, and in a file browser of their own.',
  autoStart: true,
  requires: [IPilothouseModel],
  optional: [
    IFileBrowserFactory,
    IDocumentManager,
    ILayoutRestorer,
    ISettingRegistry,
    ICommandPalette,
    ITranslator
  ],
  activate: async (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    factory: IFileBrowserFactory | null,
    documents: IDocumentManager | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const surroundings = surroundingsOf(app, model, translator);
    const { trans } = surroundings;
    const { contents } = app.serviceManager;
    const drive = new PilothouseDrive({
      surroundings,
      settings: () => app.serviceManager.serverSettings,
      mimeTypeOf: path =>
        app.docRegistry.getFileTypesForPath(path).at(0)?.mimeTypes.at(0) ?? ANYTHING
    });
    contents.addDrive(drive);
    tellAwaited(surroundings, drive.patience);
    if (factory === null || documents === null) {
      return;
    }

    const tracker = new WidgetTracker<HostFiles>({ namespace: 'pilothouse-files' });
    const open = async (browser: HostFiles, path: string): Promise<void> => {
      const { isLarge, wantsDownload } = await import('../files');
      const item = [...browser.model.items()].find(one => one.path === path);
      if (item?.size === undefined || !isLarge(item.size)) {
        documents.openOrReveal(path);
      } else if (await wantsDownload(trans, item.name, item.size)) {
        await browser.model.download(path);
      }
    };
    const make = async (): Promise<HostFiles> => {
      const { HostFiles, followSettings } = await import('../files');
      const browser: HostFiles = new HostFiles({
        surroundings,
        drive,
        documents,
        translator: translator ?? nullTranslator,
        open: path => void open(browser, path)
      });
      if (settings !== null) {
        await followSettings(browser, settings);
      }
      // JupyterLab's commands (rename, delete, …) are about the browser that is worked in.
      void factory.tracker.add(browser);
      browser.model.pathChanged.connect(() => void tracker.save(browser), browser);
      return browser;
    };
    let making: Promise<HostFiles> | null = null;
    let isPlaced = false;

    /** Shows where it is told; only a person's own wish brings it to the front. */
    const show = async (args: unknown): Promise<void> => {
      const isFirst = !isPlaced;
      isPlaced = true;
      making ??= make();
      const browser = await making;
      const pool = poolsOf(model.picture).find(one => one.pool === text(args, 'pool'));
      const path = text(args, 'path');
      if (pool !== undefined) {
        void browser.showPlace(pool.pool);
      } else if (path !== null || isFirst) {
        void browser.showFolder(path ?? '');
      }
      if (isFirst) {
        app.shell.add(browser, 'left', { rank: 601, type: 'Pilothouse Files' });
        await tracker.add(browser);
      }
      if ((args as { restored?: unknown }).restored !== true) {
        app.shell.activateById(browser.id);
      }
    };
    const pointedAt = (): string | null =>
      app.contextMenuHitTest(node => node.dataset.pilothousePlace !== undefined)?.dataset
        .pilothousePlace ?? null;
    const choose = async (): Promise<string | null> => {
      const pools = poolsOf(model.picture);
      if (pools.length < 2) {
        return pools.at(0)?.pool ?? null;
      }
      const labelOf = (one: (typeof pools)[number]): string =>
        one.title === one.pool ? one.pool : `${one.title} (${one.pool})`;
      const title = trans.__('Files of which place?');
      const { value } = await InputDialog.getItem({ title, items: pools.map(labelOf) });
      return pools.find(one => labelOf(one) === value)?.pool ?? null;
    };

    app.commands.addCommand(CommandIDs.showFiles, {
      label: args => (isPointed(args) ? trans.__('Files') : trans.__('Files of a Place…')),
      caption: trans.__('The files of a place’s submit host'),
      icon: filesIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            pool: { type: 'string', description: trans.__('The place’s name') },
            path: { type: 'string', description: trans.__('A folder of the drive') },
            pointed: {
              type: 'boolean',
              description: trans.__('Whether it is the place pointed at')
            },
            restored: {
              type: 'boolean',
              description: trans.__('Whether it was open before the page was loaded')
            }
          }
        }
      },
      execute: async args => {
        const isSaid = text(args, 'pool') !== null || text(args, 'path') !== null;
        if (isSaid || args.restored === true) {
          await show(args);
          return;
        }
        const pool = isPointed(args) ? pointedAt() : await choose();
        if (pool !== null) {
          await show({ pool });
        }
      }
    });
    palette?.addItem({ command: CommandIDs.showFiles, category: trans.__('Pilothouse') });
    app.contextMenu.addItem({
      command: CommandIDs.showFiles,
      rank: 10,
      args: POINTED,
      selector: '.jp-Pilothouse-place'
    });
    if (contents.driveName(PageConfig.getOption('treePath')) === DRIVE) {
      // JupyterLab opens what the page's address names in a file browser of that drive.
      making = make();
      await making;
    }
    void restorer?.restore(tracker, {
      command: CommandIDs.showFiles,
      args: browser => ({ path: browser.localPath, restored: true }),
      name: () => 'files'
    });
  }
};
