/** Something with a place in the order of submission. */
export interface IPositioned {
  readonly position: number;
  forgotten: boolean;
}

/**
 * Tasks in the order of submission, read from the newest. A forgotten one
 * stays as a hole until half of the list is holes.
 */
export class OrderedList<T extends IPositioned> {
  /** `item.position` is above all before. */
  append(item: T): void {
    this._items.push(item);
  }

  /** Call after `item.forgotten` was set, with the number of such items. */
  dropped(count = 1): void {
    this._holes += count;
    if (this._holes > 1024 && this._holes * 2 > this._items.length) {
      this._items = this._items.filter(item => !item.forgotten);
      this._holes = 0;
    }
  }

  get size(): number {
    return this._items.length - this._holes;
  }

  *newestFirst(): Iterable<T> {
    for (let at = this._items.length - 1; at >= 0; at--) {
      if (!this._items[at].forgotten) {
        yield this._items[at];
      }
    }
  }

  private _items: T[] = [];
  private _holes = 0;
}
