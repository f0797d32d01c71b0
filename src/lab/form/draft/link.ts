import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** Where a person points: at a field of the form, or at a line of a file. */
export interface IPointed {
  readonly path: string;
  readonly from: 'form' | 'preview';
  /** The other side is to come into sight. */
  readonly reveal: boolean;
}

/** The thread between the form's fields and the lines of what would be submitted. */
export class Link {
  get pointed(): IPointed | null {
    return this._pointed;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  point(pointed: IPointed | null): void {
    const before = this._pointed;
    if (
      pointed?.path !== before?.path ||
      pointed?.from !== before?.from ||
      (pointed?.reveal ?? false)
    ) {
      this._pointed = pointed;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _pointed: IPointed | null = null;
}
