import { LIMITS, RELAY_LIMITS } from '../../../protocol';
import type { IChannel } from '../../ssh/tokens';
import type { IClock } from '../../tokens';

/** Why a program that was to say its mark has not. */
export interface IUnmarked {
  readonly problem: 'late' | 'endless' | 'broken' | 'ended';
  /** What it said of it, or the shell. */
  readonly words: string;
}

/**
 * Passes over what the login shell prints; what comes after the mark.
 * `stdout` is paused then: nothing is lost, whoever reads next begins in the same turn.
 */
export function afterMark(
  channel: IChannel,
  mark: string,
  clock: IClock,
  withinMs: number
): Promise<Buffer | IUnmarked> {
  return new Promise(resolve => {
    let said = Buffer.alloc(0);
    let words = '';
    const end = (result: Buffer | IUnmarked): void => {
      limit.dispose();
      channel.stdout.off('data', read);
      resolve(result);
    };
    const fail = (problem: IUnmarked['problem']): void => end({ problem, words: words.trim() });
    const read = (bytes: Buffer): void => {
      said = Buffer.concat([said, bytes]);
      const at = said.indexOf(mark);
      if (at >= 0) {
        channel.stdout.pause();
        end(said.subarray(at + mark.length));
      } else if (said.length > RELAY_LIMITS.noiseBytes) {
        fail('endless');
      }
    };
    const limit = clock.after(withinMs, () => fail('late'));
    channel.stderr.on('data', (bytes: Buffer) => {
      words = (words + bytes.toString('utf8')).slice(-LIMITS.wordsChars);
    });
    channel.stdout.on('data', read);
    void channel.ended.then(({ exitCode }) => fail(exitCode === null ? 'broken' : 'ended'));
  });
}
