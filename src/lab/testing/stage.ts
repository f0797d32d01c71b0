import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from '@testing-library/react';
import type { Change } from '../../protocol';
import { PilothouseModel } from '../model';
import { CommandIDs } from '../tokens';
import type { ISurroundings } from '../views';
import { DOMAIN } from '../words';
import { TestClock } from './clock';
import { TestDoor } from './door';
import { settle } from './settle';

/** What a widget is shown on: a door and a clock that the test moves, commands that only note. */
export class Stage {
  /** `drawMs`: how much time passes whenever something is drawn. */
  constructor(private readonly _drawMs = 200) {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    // jsdom has none.
    Element.prototype.scrollIntoView = () => undefined;
    const commands = new CommandRegistry();
    for (const id of Object.values(CommandIDs)) {
      commands.addCommand(id, {
        execute: args => void this.executed.push([id, args]),
        describedBy: { args: {} }
      });
    }
    const { model, clock } = this;
    this.surroundings = { model, trans: nullTranslator.load(DOMAIN), commands, clock };
  }

  readonly door = new TestDoor();
  readonly clock = new TestClock();
  readonly model = new PilothouseModel({ door: this.door, clock: this.clock });
  /** Commands that were executed, and with what. */
  readonly executed: [id: string, args: unknown][] = [];
  readonly surroundings: ISurroundings;

  /** Puts a widget into the page, for as long as this is. */
  attach(widget: Widget): void {
    this._attached.add(widget);
    act(() => Widget.attach(widget, document.body));
  }

  /** Lets `ms` pass, and widgets and components draw what came of it. */
  async draw(ms = this._drawMs): Promise<void> {
    await act(async () => {
      await settle();
      this.clock.pass(ms);
      await settle();
      MessageLoop.flush();
      await settle();
    });
  }

  /** A snapshot comes from the bridge, and is drawn. */
  async show(changes: Parameters<TestDoor['snapshot']>[0]): Promise<void> {
    act(() => this.door.snapshot(changes));
    await this.draw();
  }

  /** Changes come from the bridge, and are drawn. */
  async change(...changes: Change[]): Promise<void> {
    act(() => this.door.delta(...changes));
    await this.draw();
  }

  /** Ends `others`, what is in the page, and the model. @throws Error if a timer or a listener is left */
  leave(...others: IDisposable[]): void {
    act(() => [...others, ...this._attached].forEach(one => one.dispose()));
    this.model.dispose();
    if (this.clock.pending > 0) {
      throw new Error(`${this.clock.pending} timers and listeners are left`);
    }
  }

  private readonly _attached = new Set<Widget>();
}
