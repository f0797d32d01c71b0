import { Signal } from '@lumino/signaling';
import { DisposableBase } from './disposable';

class Bell extends DisposableBase {
  readonly rung = new Signal<this, string>(this);
  readonly heard: string[] = [];
  released = 0;

  listenTo(other: Bell): void {
    other.rung.connect(this._onRung, this);
  }

  protected override release(): void {
    expect(this.isDisposed).toBe(true);
    this.released += 1;
    // Whoever ends what it holds may be asked to end once more by that.
    this.dispose();
    this.rung.emit('last');
  }

  private _onRung(_: Bell, sound: string): void {
    this.heard.push(sound);
  }
}

describe('what is disposed', () => {
  let bell: Bell;
  let other: Bell;
  beforeEach(() => {
    bell = new Bell();
    other = new Bell();
    bell.listenTo(other);
    other.listenTo(bell);
  });
  afterEach(() => {
    bell.dispose();
    other.dispose();
  });

  it('is released once, and may say so', () => {
    expect(bell.isDisposed).toBe(false);
    bell.dispose();
    bell.dispose();
    expect([bell.isDisposed, bell.released, other.heard]).toEqual([true, 1, ['last']]);
  });

  it('is heard no more, and hears no more', () => {
    bell.rung.emit('a');
    other.rung.emit('b');
    bell.dispose();
    bell.rung.emit('c');
    other.rung.emit('d');
    expect([other.heard, bell.heard]).toEqual([['a', 'last'], ['b']]);
  });
});
