import { Dialog, MainAreaWidget, showDialog } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import type { FieldProblem } from '../../protocol';
import { pilothouseIcon } from '../icons';
import { saveFile } from '../preview';
import { troubleOf } from '../request';
import type { Trouble } from '../tokens';
import { CommandIDs } from '../tokens';
import { LiveWidget, SmallButton, TroubleNote } from '../views';
import type { ISurroundings } from '../views';
import { sentence } from '../words';
import type { IFormView } from './body';
import { Answers, Link, errorsOf } from './draft';
import type { Draft } from './draft';
import { Editor } from './editor';
import { save } from './saving';
import { draftOf, draftOfImport, draftOfPlace } from './start';
import type { Start } from './start';
import { Templates } from './templates';

/** What a form shows. */
type Phase =
  | { readonly kind: 'templates' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly trouble: Trouble }
  | { readonly kind: 'editing'; readonly view: IFormView };

/** The form of one place. */
export class ProfileForm extends LiveWidget {
  constructor(surroundings: ISurroundings, start: Start) {
    super(surroundings);
    this.addClass('jp-Pilothouse-form');
    this._start = start;
    void this._begin();
  }

  /** What is being written; null: nothing yet. */
  get draft(): Draft | null {
    return this._phase.kind === 'editing' ? this._phase.view.draft : null;
  }

  /** The draft, or what stands in it, has changed. */
  get draftChanged(): ISignal<this, void> {
    return this._draftChanged;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._leave();
    Signal.clearData(this);
    super.dispose();
  }

  /** What keeps it from being saved as it stands. */
  async errors(): Promise<FieldProblem[]> {
    const { draft } = this;
    return draft === null || this._answers === null
      ? []
      : errorsOf(this.surroundings.trans, draft, this._answers);
  }

  /** Puts the cursor into a field. */
  goTo(field: string): void {
    if (this._phase.kind === 'editing') {
      const { view } = this._phase;
      this._turn += 1;
      this._phase = { kind: 'editing', view: { ...view, begin: field } };
      this.update();
    }
  }

  protected content(): React.ReactElement {
    const { trans, commands } = this.surroundings;
    const phase = this._phase;
    switch (phase.kind) {
      case 'templates':
        return (
          <Templates
            onChoose={template => {
              this._edit(draftOf(trans, this.surroundings.model, template), null);
            }}
            onImport={() => void commands.execute(CommandIDs.importPlace)}
          />
        );
      case 'loading':
        return <div className="jp-Pilothouse-quiet">{trans.__('Loading…')}</div>;
      case 'failed':
        return (
          <TroubleNote trouble={phase.trouble}>
            <SmallButton onClick={() => void this._begin()}>{trans.__('Try again')}</SmallButton>
          </TroubleNote>
        );
      case 'editing': {
        const { draft } = phase.view;
        // Looked at when it is needed: saving gives a draft its name, or another one.
        const pool = (): { pool: string } => ({ pool: draft.origin.name ?? '' });
        return (
          <Editor
            key={this._turn}
            view={phase.view}
            actions={{
              onDuplicate: () => void commands.execute(CommandIDs.duplicatePlace, pool()),
              onDelete: () => void commands.execute(CommandIDs.deletePlace, pool()),
              onExport: () =>
                saveFile(
                  `${String(draft.written.name)}.json`,
                  `${JSON.stringify(draft.written, null, 2)}\n`,
                  'application/json'
                )
            }}
          />
        );
      }
    }
  }

  private async _begin(): Promise<void> {
    const { model, trans } = this.surroundings;
    const start = this._start;
    switch (start.kind) {
      case 'new':
        this._show({ kind: 'templates' });
        return;
      case 'import':
        this._edit(draftOfImport(trans, model, start.written), null);
        return;
      case 'edit':
      case 'copy':
        this._show({ kind: 'loading' });
        try {
          const draft = await draftOfPlace(trans, model, start);
          if (!this.isDisposed) {
            this._edit(draft, start.kind === 'edit' ? start.field : null);
          }
        } catch (error) {
          this._show({ kind: 'failed', trouble: troubleOf(error) });
        }
    }
  }

  private _edit(draft: Draft, begin: string | null): void {
    const { model, clock } = this.surroundings;
    this._leave();
    this._answers = new Answers({ model, draft, clock });
    draft.changed.connect(this._onChanged, this);
    const view = { draft, answers: this._answers, link: new Link(), begin };
    this._phase = { kind: 'editing', view };
    this.update();
    this._draftChanged.emit();
  }

  private _onChanged(): void {
    this._draftChanged.emit();
  }

  private _show(phase: Phase): void {
    if (!this.isDisposed) {
      this._leave();
      this._phase = phase;
      this.update();
    }
  }

  private _leave(): void {
    if (this._phase.kind === 'editing') {
      const { draft } = this._phase.view;
      draft.changed.disconnect(this._onChanged, this);
      this._answers?.dispose();
      this._answers = null;
      draft.dispose();
    }
  }

  private readonly _start: Start;
  private readonly _draftChanged = new Signal<this, void>(this);
  private _answers: Answers | null = null;
  private _phase: Phase = { kind: 'loading' };
  /** A new one puts the cursor anew. */
  private _turn = 0;
}

/** A form in the main area, as a document: it says what is not saved, and asks before that is lost. */
export class ProfileDocument extends MainAreaWidget<ProfileForm> {
  constructor(surroundings: ISurroundings, start: Start) {
    super({ content: new ProfileForm(surroundings, start) });
    this._surroundings = surroundings;
    this.title.icon = pilothouseIcon;
    this.title.closable = true;
    // What a toolbar would hold stands in the form's own head and foot.
    this.toolbar.hide();
    this.content.draftChanged.connect(this._name, this);
    this._name();
  }

  /** The name of the place it is about; empty: it has none yet. */
  get place(): string {
    return this.content.draft?.origin.name ?? '';
  }

  /** Saves what can be saved; what goes wrong is said in a dialog. */
  async save(): Promise<boolean> {
    const { draft } = this.content;
    const { model, trans } = this._surroundings;
    if (draft === null || draft.origin.readOnly) {
      return false;
    }
    try {
      const errors = await this.content.errors();
      if (errors.length > 0) {
        await showDialog({
          title: trans.__('Not saved'),
          body: errors.map(({ field, message }) => `${field}: ${message}`).join('\n'),
          buttons: [Dialog.okButton()]
        });
        return false;
      }
      await save(model, draft);
      return true;
    } catch (error) {
      const { what, remedy, words } = sentence(trans, troubleOf(error));
      await showDialog({
        title: trans.__('Not saved'),
        body: [what, remedy, words].filter(Boolean).join('\n'),
        buttons: [Dialog.okButton()]
      });
      return false;
    }
  }

  protected override onCloseRequest(message: Message): void {
    if (this.content.draft?.isDirty === true && !this._isAsking) {
      void this._closeIfAllowed(message);
    } else if (!this._isAsking) {
      super.onCloseRequest(message);
    }
  }

  private async _closeIfAllowed(message: Message): Promise<void> {
    const { trans } = this._surroundings;
    this._isAsking = true;
    const canSave = this.content.draft?.origin.readOnly === false;
    const answer = await showDialog({
      title: trans.__('Save your changes?'),
      body: trans.__('What you changed in “%1” is lost if you do not save it.', this.title.label),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Discard'), accept: true, actions: ['discard'] }),
        ...(canSave ? [Dialog.okButton({ label: trans.__('Save') })] : [])
      ]
    });
    const discards = answer.button.actions.includes('discard');
    const leaves = answer.button.accept && (discards || (await this.save()));
    this._isAsking = false;
    if (leaves && !this.isDisposed) {
      super.onCloseRequest(message);
    }
  }

  private _name(): void {
    const { trans } = this._surroundings;
    const { draft } = this.content;
    const { title, name } = draft?.written ?? {};
    const label = [title, name].find(text => typeof text === 'string' && text !== '');
    this.title.label = typeof label === 'string' ? label : trans.__('New place');
    this.title.caption =
      draft?.isNew === false ? draft.origin.source : trans.__('A place of Pilothouse');
    this.title.className = draft?.isDirty === true ? 'jp-mod-dirty' : '';
  }

  private readonly _surroundings: ISurroundings;
  private _isAsking = false;
}
