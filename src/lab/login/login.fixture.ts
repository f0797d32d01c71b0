import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { act, screen, within } from '@testing-library/react';
import type { HostConnection, LoginQuestion } from '../../protocol';
import { aHost, aPool, asking, settle, Stage } from '../testing';
import { CommandIDs } from '../tokens';
import { addLoginCommands } from '.';

const TITLE = 'OSPool';
export const OSPOOL = aPool({ pool: 'ospool', title: TITLE, scheduler: 'htcondor', host: 'h1' });

/** A page in which a person logs in: the commands are the real ones. */
export class LoginStage extends Stage {
  constructor() {
    super();
    // JupyterLab's dialogs say their own errors on the console.
    jest.spyOn(console, 'warn').mockImplementation();
    const { commands } = this;
    this._added = addLoginCommands({ ...this.surroundings, commands });
  }

  readonly commands = new CommandRegistry();

  /** The dialog; jsdom takes one that is not `open` for hidden. */
  get dialog(): HTMLElement {
    return screen.getByRole('dialog', { hidden: true });
  }

  get isOpen(): boolean {
    return document.querySelector('.jp-Dialog') !== null;
  }

  button(name: RegExp | string): HTMLElement {
    return within(this.dialog).getByRole('button', { name, hidden: true });
  }

  field(label: string): HTMLInputElement {
    return within(this.dialog).getByLabelText(label);
  }

  get alert(): HTMLElement | null {
    return within(this.dialog).queryByRole('alert', { hidden: true });
  }

  /** What the bridge was asked, and with what. */
  get sent(): [string, unknown][] {
    return this.door.asked.map(({ method, params }) => [method, params]);
  }

  /** A connection is now so. */
  now(host: HostConnection): Promise<void> {
    return this.change({ kind: 'host', value: host });
  }

  execute(id: string, args: ReadonlyPartialJSONObject): Promise<void> {
    return act(async () => {
      void this.commands.execute(id, args);
      await settle();
    });
  }

  /** A person presses `Log in`, at `host`, and nothing has been asked yet. */
  async press(host: HostConnection = aHost()): Promise<void> {
    await this.show({ pools: [OSPOOL], hosts: [host] });
    this.door.answers.set('hosts.login', () => asking({ kind: 'none' }));
    await this.execute(CommandIDs.logIn, { pool: 'ospool' });
  }

  /** A person logs in, and is asked this. */
  async logIn(question: LoginQuestion, login: Parameters<typeof asking>[1] = {}): Promise<void> {
    await this.press();
    await this.now(asking(question, login));
    this.door.asked.length = 0;
  }

  /** Ends all. @throws Error if a dialog, a timer or a listener is left */
  end(): void {
    this.leave(this._added);
    if (this.isOpen) {
      throw new Error('a dialog is left');
    }
    document.body.textContent = '';
  }

  private readonly _added: ReturnType<typeof addLoginCommands>;
}
