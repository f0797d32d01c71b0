import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Widget } from '@lumino/widgets';
import { TabPanel } from '@lumino/widgets';

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

/** Brings a document to the front. */
export function showDocument(app: JupyterFrontEnd, widget: Widget): void {
  app.shell.activateById(widget.id);
  // Jupyter Notebook opens its area below, but whatever tab was in front there stays.
  const tabs = widget.parent?.parent;
  if (tabs instanceof TabPanel) {
    tabs.currentWidget = widget;
  }
}
