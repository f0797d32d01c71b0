import { forEachAtOnce } from './atOnce';

/** Work whose end the test decides. */
class Works {
  readonly begun: number[] = [];
  readonly begin = (item: number): Promise<void> => {
    this.begun.push(item);
    return new Promise((resolve, reject) => {
      this._ends.push(error => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      });
    });
  };
  async end(number: number, error?: Error): Promise<void> {
    this._ends[number]?.(error);
    await new Promise(setImmediate);
  }
  private readonly _ends: ((error?: Error) => void)[] = [];
}

const items = Array.from({ length: 40 }, (_, n) => n);

describe('something done for each, some at one time', () => {
  it('begins the next when one has ended, in their order', async () => {
    const works = new Works();
    const all = forEachAtOnce(items, works.begin);
    expect(works.begun).toEqual(items.slice(0, 16));
    await works.end(7);
    expect(works.begun).toEqual(items.slice(0, 17));
    for (const item of items) {
      await works.end(item);
    }
    await all;
    expect(works.begun).toEqual(items);
  });

  it('fails with the first failure when what was begun has ended, and begins no more', async () => {
    const works = new Works();
    let failure: unknown = null;
    const all = forEachAtOnce(items, works.begin).catch((error: unknown) => {
      failure = error;
    });
    await works.end(3, new Error('the disk is full'));
    expect(failure).toBeNull();
    for (const item of items.slice(0, 16)) {
      await works.end(item);
    }
    await all;
    expect(failure).toEqual(new Error('the disk is full'));
    expect(works.begun).toEqual(items.slice(0, 16));
  });

  it('ends at once where there is nothing', async () => {
    await forEachAtOnce([], () => Promise.reject(new Error('never')));
  });
});
