import { Dialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import type { ISurroundings } from '../views';
import { LoginBody, LoginTitle } from './body';
import type { Told } from './dialogs';
import type { LoginTalk } from './talk';

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), [tabindex="0"]';

/**
 * The dialog of a login: JupyterLab's, but that it goes on when it is answered
 * instead of closing, and does not take a click beside it for a refusal.
 */
export class LoginDialog extends Dialog<null> {
  constructor(
    surroundings: ISurroundings,
    private readonly _talk: LoginTalk,
    /** Says what goes wrong with cancelling, when the dialog is not there any more. */
    private readonly _told: Told
  ) {
    const title = new LoginTitle(surroundings, _talk);
    super({
      body: new LoginBody(surroundings, _talk, () => this._cancel()),
      buttons: [],
      hasClose: false,
      renderer: new LoginRenderer(title)
    });
    this.addClass('jp-Pilothouse-login');
    this.node.setAttribute('aria-labelledby', title.id);
  }

  /**
   * What Dialog does with keys and clicks fits a question with fixed buttons:
   * Return would close this one. None of it is called.
   */
  override handleEvent(event: Event): void {
    switch (event.type) {
      case 'keydown':
        this._onKey(event as KeyboardEvent);
        break;
      case 'focus':
        this._onFocus(event);
        break;
      case 'mousedown':
        if (event.target === this.node) {
          // Beside the dialog there is nothing; who clicks there goes on typing where they were.
          event.preventDefault();
        }
        break;
      case 'contextmenu':
        // JupyterLab's has nothing for a dialog; the browser's can paste.
        event.stopPropagation();
        break;
    }
  }

  private _onKey(event: KeyboardEvent): void {
    if (event.isComposing) {
      return;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this._cancel();
    } else if (event.key === 'Tab') {
      this._onTab(event);
    }
  }

  /** Keeps the focus going round in the dialog. */
  private _onTab(event: KeyboardEvent): void {
    const stops = [...this.node.querySelectorAll<HTMLElement>(FOCUSABLE)];
    const from = event.shiftKey ? stops.at(0) : stops.at(-1);
    const to = event.shiftKey ? stops.at(-1) : stops.at(0);
    const isOutside = !stops.some(stop => stop === document.activeElement);
    if (document.activeElement === from || (event.shiftKey && isOutside)) {
      event.preventDefault();
      to?.focus();
    }
  }

  /** What is behind the dialog cannot be used. */
  private _onFocus(event: Event): void {
    if (event.target instanceof Node && !this.node.contains(event.target)) {
      event.stopPropagation();
      this.node.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    }
  }

  private _cancel(): void {
    this._told(this._talk.cancel());
  }
}

/** A title that can change, and no footer: the buttons belong to what is asked. */
class LoginRenderer extends Dialog.Renderer {
  constructor(private readonly _title: LoginTitle) {
    super();
  }

  override createHeader(): Widget {
    this._title.addClass('jp-Dialog-header');
    return this._title;
  }

  override createFooter(): Widget {
    const none = new Widget();
    none.hide();
    return none;
  }
}
