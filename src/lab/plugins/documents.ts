import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { MessageLoop } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import { SplitPanel, TabPanel } from '@lumino/widgets';

/**
 * Adds a document and gives it to the shell. Where there is no `labShell` the main area is the
 * notebook's alone (Jupyter Notebook adds nothing to it, and does not say so): then it is the area
 * below.
 */
export function addDocument(
  app: JupyterFrontEnd,
  labShell: ILabShell | null,
  widget: Widget,
  options: DocumentRegistry.IOpenOptions
): void {
  app.shell.add(widget, labShell === null ? 'down' : 'main', options);
}

/** Less of a document than this is no use. */
const LEAST_PX = 200;

/** Brings a document to the front. */
export function showDocument(app: JupyterFrontEnd, widget: Widget): void {
  app.shell.activateById(widget.id);
  // Jupyter Notebook opens its area below, but a few pixels high, and its tab in front stays.
  const tabs = widget.parent?.parent;
  if (tabs instanceof TabPanel) {
    tabs.currentWidget = widget;
    // Lays it out, so that it has its height.
    MessageLoop.flush();
    const split = tabs.parent;
    if (split instanceof SplitPanel && tabs.node.clientHeight < LEAST_PX) {
      split.setRelativeSizes([1, 1]);
    }
  }
}
