import { nullTranslator } from '@jupyterlab/translation';
import { screen } from '@testing-library/react';
import { Stage } from '../testing';
import { PilothousePanel } from '.';

/** The panel as a person has it before them: no notebook is open, and nothing is known yet. */
export class PanelStage extends Stage {
  static async begin(): Promise<PanelStage> {
    const stage = new PanelStage();
    stage.attach(stage.panel);
    await stage.draw();
    return stage;
  }

  readonly panel = new PilothousePanel({
    surroundings: this.surroundings,
    translator: nullTranslator,
    notebooks: null
  });

  /** Where the places are. */
  get places(): HTMLElement {
    return screen.getByRole('list', { name: 'Places' });
  }

  /** What waits for the person; null: nothing does. */
  get needs(): HTMLElement | null {
    return screen.queryByRole('region', { name: 'Needs you' });
  }

  button(name: RegExp | string): HTMLElement {
    return screen.getByRole('button', { name });
  }
}
