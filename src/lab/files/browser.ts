import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileBrowser, FilterFileBrowserModel, Uploader } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import type { ITranslator } from '@jupyterlab/translation';
import { newFolderIcon, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { PoolName } from '../../protocol';
import type { IListed, PilothouseDrive } from '../drive';
import { DRIVE, failureOf, folderOf, localOf } from '../drive';
import { filesIcon } from '../icons';
import { RequestFailure } from '../request';
import type { ISurroundings } from '../views';
import { FilesNote } from './note';
import { isReachable, noteOf } from './place';
import { Refresher } from './refresher';

/** JupyterLab's file browser on the submit hosts of all places. */
export class HostFiles extends FileBrowser {
  constructor(options: HostFiles.IOptions) {
    const { surroundings, documents, translator, drive } = options;
    const { trans, clock, model } = surroundings;
    super({
      id: 'jp-pilothouse-files',
      model: new FilterFileBrowserModel({
        manager: documents,
        driveName: DRIVE,
        translator,
        auto: false,
        // It is listed when somebody looks at it: JupyterLab's own goes on behind another tab.
        refreshInterval: Infinity
      }),
      restore: false,
      translator,
      handleOpenFile: options.open
    });
    this._surroundings = surroundings;
    this._drive = drive;
    this.addClass('jp-Pilothouse-files');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Files of submit hosts'));
    this.title.icon = filesIcon;
    this.title.caption = trans.__('Files of submit hosts');
    this.showFileSizeColumn = true;
    this._addTools(translator);
    this._note = new FilesNote(
      surroundings,
      () => noteOf(model.picture, this._wanted ?? this.localPath, this._listed),
      () => this._again()
    );
    this.header.addWidget(this._note);
    this._refresher = new Refresher(clock, () => void this._look());
    drive.listed.connect(this._onListed, this);
    drive.fileChanged.connect(this._onFileChanged, this);
    model.changed.connect(this._onChanged, this);
    this.model.pathChanged.connect(this._onPath, this);
  }

  /** Where in the drive it is. */
  get localPath(): string {
    return this.model.manager.services.contents.localPath(this.model.path);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._refresher.dispose();
      super.dispose();
      this.model.dispose();
    }
  }

  /** Asks in words of its own: there is no trash, whatever JupyterLab's server has. */
  override async delete(): Promise<void> {
    const items = [...this.selectedItems()];
    const first = items.at(0);
    if (first === undefined) {
      return;
    }
    const { trans } = this._surroundings;
    const { button } = await showDialog({
      title: trans.__('Delete'),
      body: trans._n(
        'Delete %2 for good?',
        'Delete %1 files and folders for good?',
        items.length,
        first.name
      ),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
    });
    if (!button.accept) {
      return;
    }
    for (const { path } of items) {
      try {
        await this.model.manager.deleteFile(path);
      } catch (error) {
        await showErrorMessage(trans.__('Delete Failed'), error as Error);
      }
    }
  }

  /** Shows a place's home folder; where nobody is logged in there, as soon as somebody is. */
  async showPlace(pool: PoolName): Promise<void> {
    this._wanted = pool;
    this._listed = null;
    this._note.update();
    await this._look();
  }

  /** Shows a folder of the drive. */
  async showFolder(localPath: string): Promise<void> {
    this._wanted = localPath;
    await this._look();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._start();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._start();
  }

  protected override onBeforeHide(message: Message): void {
    this._refresher.stop();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this._refresher.stop();
    super.onBeforeDetach(message);
  }

  private _start(): void {
    if (this.isVisible) {
      this._refresher.start();
    }
  }

  /** Lists what is wanted, or again what is shown, where it can be asked. */
  private async _look(): Promise<void> {
    const wanted = this._wanted ?? this.localPath;
    const { picture } = this._surroundings.model;
    if (!isReachable(picture, wanted)) {
      this._note.update();
      return;
    }
    this._refresher.done();
    if (this._wanted === null) {
      await this.model.refresh();
      return;
    }
    const isPlace = wanted !== '' && !wanted.includes('/');
    const folder = isPlace ? await this._home(wanted) : wanted;
    // Another may be wanted meanwhile.
    if (folder !== null && wanted === this._wanted && !this.isDisposed) {
      await this.model.cd(`/${folder}`);
      if (wanted === this._wanted && this._listed?.failure === null) {
        this._wanted = null;
      }
    }
  }

  /** A place's home folder; null: it cannot be asked for, which is said. */
  private async _home(place: string): Promise<string | null> {
    const pool = place as PoolName;
    try {
      const { path } = await this._surroundings.model.call('files.stat', { pool, path: '.' });
      return localOf({ pool, path });
    } catch (error) {
      if (!(error instanceof RequestFailure)) {
        throw error;
      }
      const failure = failureOf(this._surroundings.trans, error, place);
      this._onListed(this._drive, { localPath: place, failure, more: false });
      return null;
    }
  }

  private _onListed(_: PilothouseDrive, listed: IListed): void {
    this._listed = listed;
    if (listed.failure !== null) {
      // Once the way there is back it is what is shown.
      this._wanted = listed.failure.isAway ? listed.localPath : null;
    }
    this._refresher.done();
    this._note.update();
  }

  /** Whoever goes elsewhere waits for nothing any more. */
  private _onPath(): void {
    this._wanted = null;
    this._note.update();
  }

  /** JupyterLab's own model looks for a change under the drive's name twice, and finds none. */
  private _onFileChanged(_: PilothouseDrive, { oldValue, newValue }: Contents.IChangedArgs): void {
    const isHere = [oldValue?.path, newValue?.path].some(
      path => path !== undefined && folderOf(path) === this.localPath
    );
    if (isHere && this.isVisible) {
      void this.model.refresh();
    }
  }

  /** Lists once more what could not be listed. */
  private _again(): void {
    this._wanted = this._listed?.localPath ?? null;
    void this._look();
  }

  /** Somebody has logged in, or a place has come or gone. */
  private _onChanged(): void {
    const { picture } = this._surroundings.model;
    const path = this._wanted ?? this.localPath;
    const known =
      path === '' ? [...picture.pools.keys()].join() : String(isReachable(picture, path));
    const isOther = known !== this._known;
    this._known = known;
    if (isOther && this.isVisible) {
      void this._look();
    }
  }

  private _addTools(translator: ITranslator): void {
    const { trans } = this._surroundings;
    const { model, toolbar } = this;
    toolbar.addItem(
      'new-folder',
      new ToolbarButton({
        icon: newFolderIcon,
        tooltip: trans.__('New folder'),
        onClick: () => void this.createNewDirectory()
      })
    );
    toolbar.addItem('upload', new Uploader({ model, translator }));
    toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Refresh the list of files'),
        onClick: () => void this._look()
      })
    );
  }

  private readonly _surroundings: ISurroundings;
  private readonly _drive: PilothouseDrive;
  private readonly _note: FilesNote;
  private readonly _refresher: Refresher;
  /** A folder of the drive that could not be listed yet, or a place whose home is wanted. */
  private _wanted: string | null = null;
  private _listed: IListed | null = null;
  private _known = '';
}

export namespace HostFiles {
  export interface IOptions {
    surroundings: ISurroundings;
    drive: PilothouseDrive;
    documents: IDocumentManager;
    translator: ITranslator;
    /** Opens a file; its path is JupyterLab's, with the drive's name. */
    open: (path: string) => void;
  }
}
