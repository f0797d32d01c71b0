import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { DirListing } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import type { ITranslator } from '@jupyterlab/translation';
import { shownName } from '../drive';

/**
 * Rows as JupyterLab draws them, in which a name cannot pass for another: what a machine elsewhere
 * calls a file may hold what turns or breaks the line that it is part of.
 */
export class FileRenderer extends DirListing.Renderer {
  override updateItemNode(
    node: HTMLElement,
    item: Contents.IModel,
    fileType?: DocumentRegistry.IFileType,
    translator?: ITranslator,
    ...rest: Rest
  ): void {
    const name = shownName(item.name);
    // Where it finds what was filtered for is by number of character: those stay the same.
    const shown = name === item.name ? item : { ...item, name };
    super.updateItemNode(node, shown, fileType, translator, ...rest);
  }
}

type Rest =
  Parameters<DirListing.Renderer['updateItemNode']> extends [
    unknown,
    unknown,
    unknown?,
    unknown?,
    ...infer R
  ]
    ? R
    : never;
