import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ITranslator } from '@jupyterlab/translation';
import { CommandToolbarButton, SidePanel } from '@jupyterlab/ui-components';
import { pilothouseIcon } from '../icons';
import { CommandIDs } from '../tokens';
import { Announcer } from '../views';
import type { ISurroundings } from '../views';
import { MessageLoop } from '@lumino/messaging';
import type { AccordionPanel } from '@lumino/widgets';
import { Widget } from '@lumino/widgets';
import { NeedsYou } from './needs';
import { PlacesSection } from './places';
import { TasksSection } from './tasks';

/** The side panel: what needs a person, places, tasks. */
export class PilothousePanel extends SidePanel {
  constructor(options: PilothousePanel.IOptions) {
    super({ translator: options.translator });
    const { surroundings } = options;
    const { trans, commands } = surroundings;
    this.id = PilothousePanel.ID;
    this.addClass('jp-Pilothouse');
    this.title.icon = pilothouseIcon;
    this.title.caption = trans.__('Pilothouse');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Pilothouse'));
    for (const id of [CommandIDs.refresh, CommandIDs.showBridgeLog]) {
      this.toolbar.addItem(id, new CommandToolbarButton({ commands, id, label: '' }));
    }
    this.header.addWidget(new NeedsYou(surroundings));
    this.header.addWidget(new Announcer(surroundings));
    this.addWidget(new PlacesSection(surroundings));
    this.addWidget(new TasksSection(surroundings, options.notebooks));
    // Places are few and tasks many; a person may draw the border elsewhere.
    (this.content as AccordionPanel).setRelativeSizes([2, 3]);
    // What stands above grows and shrinks without Lumino's knowing: else the sections would keep
    // the height they had, and their ends lie below the window.
    this._sized = new ResizeObserver(() => {
      MessageLoop.postMessage(this.content, Widget.ResizeMessage.UnknownSize);
    });
    this._sized.observe(this.content.node);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._sized.disconnect();
      super.dispose();
    }
  }

  private readonly _sized: ResizeObserver;
}

export namespace PilothousePanel {
  export const ID = 'jp-pilothouse-panel';

  export interface IOptions {
    surroundings: ISurroundings;
    translator: ITranslator;
    notebooks: INotebookTracker | null;
  }
}
