import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { IClock } from '../clock';
import type { IPilothouseModel } from '../tokens';

/** What every view needs. */
export interface ISurroundings {
  readonly model: IPilothouseModel;
  readonly trans: TranslationBundle;
  readonly commands: CommandRegistry;
  readonly clock: IClock;
}

const SurroundingsContext = React.createContext<ISurroundings | null>(null);

/** Gives what it contains its surroundings. */
export function Surrounded(props: {
  by: ISurroundings;
  children: React.ReactNode;
}): React.ReactElement {
  return (
    <SurroundingsContext.Provider value={props.by}>{props.children}</SurroundingsContext.Provider>
  );
}

/** The surroundings of the view that a component is part of. */
export function useSurroundings(): ISurroundings {
  const surroundings = React.useContext(SurroundingsContext);
  if (surroundings === null) {
    throw new Error('This component belongs inside a LiveWidget.');
  }
  return surroundings;
}

/**
 * A widget that shows the model: it alone listens, and only while attached; it
 * draws while visible, and at most every `everyMs`. What it contains gets the
 * entities as plain properties.
 */
export abstract class LiveWidget extends ReactWidget {
  constructor(
    protected readonly surroundings: ISurroundings,
    private readonly _everyMs = 100
  ) {
    super();
  }

  protected abstract content(): React.ReactElement | null;

  protected override render(): React.ReactElement {
    return <Surrounded by={this.surroundings}>{this.content()}</Surrounded>;
  }

  protected override onAfterAttach(message: Message): void {
    const { model } = this.surroundings;
    model.changed.connect(this.refresh, this);
    model.connectionChanged.connect(this.refresh, this);
    model.ticked.connect(this.refresh, this);
    super.onAfterAttach(message);
  }

  protected override onBeforeDetach(message: Message): void {
    const { model } = this.surroundings;
    model.changed.disconnect(this.refresh, this);
    model.connectionChanged.disconnect(this.refresh, this);
    model.ticked.disconnect(this.refresh, this);
    this._pause?.dispose();
    this._pause = null;
    super.onBeforeDetach(message);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  /** Draws now if the last time is long enough ago, else as soon as it is. */
  protected refresh(): void {
    if (!this.isVisible || this._pause !== null) {
      return;
    }
    const { clock } = this.surroundings;
    const wait = this._drawnMs + this._everyMs - clock.now();
    if (wait <= 0) {
      this._draw();
      return;
    }
    this._pause = clock.after(wait, () => {
      this._pause = null;
      this._draw();
    });
  }

  private _draw(): void {
    this._drawnMs = this.surroundings.clock.now();
    this.update();
  }

  private _drawnMs = Number.NEGATIVE_INFINITY;
  private _pause: IDisposable | null = null;
}
