/** One event of a job event log, as it stands there. */
export interface ILogEvent {
  /** HTCondor manual, "Job Event Log Codes". */
  readonly code: number;
  readonly cluster: number;
  readonly proc: number;
  /** What follows the time in the first line. */
  readonly text: string;
  /** The further lines, without the spaces around them. */
  readonly body: readonly string[];
}

export interface IEvents {
  readonly events: readonly ILogEvent[];
  /** Bytes that were read to their end; what is behind them is not all written yet. */
  readonly taken: number;
  /** The first lines of what is no event: shown, and not concluded from. */
  readonly strange: readonly string[];
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const DOT = 0x2e;
/** Times are those of DEFAULT_USERLOG_FORMAT_OPTIONS: `11/21 12:33:05`, ISO dates, fractions, UTC. */
const FIRST_LINE =
  /^(\d{3}) \((-?\d+)\.(-?\d+)\.-?\d+\) (?:\d\d\/\d\d|\d{4}-\d\d-\d\d)[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)? ?(.*)$/;

/**
 * The whole events of a piece of a job event log that begins where an event
 * does (HTCondor manual, "The Job Event Log"). It keeps nothing: what was not
 * taken is read again with what has been written since.
 */
export function readEvents(bytes: Buffer): IEvents {
  const taken = endOfLastEvent(bytes);
  const events: ILogEvent[] = [];
  const strange: string[] = [];
  let lines: string[] = [];
  const text = bytes.toString('utf8', 0, taken);
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, text.charCodeAt(end - 1) === RETURN ? end - 1 : end);
    at = end + 1;
    if (line !== '...') {
      lines.push(line);
      continue;
    }
    const event = readEvent(lines);
    if (event !== null) {
      events.push(event);
    } else {
      strange.push(lines.at(0) ?? '');
    }
    lines = [];
  }
  return { events, taken, strange };
}

function readEvent(lines: readonly string[]): ILogEvent | null {
  const found = FIRST_LINE.exec(lines.at(0) ?? '');
  return found === null
    ? null
    : {
        code: Number(found[1]),
        cluster: Number(found[2]),
        proc: Number(found[3]),
        text: found[4].trim(),
        body: lines.slice(1).map(line => line.trim())
      };
}

/** Behind the last line that is `...`, and whole. */
function endOfLastEvent(bytes: Buffer): number {
  for (let end = bytes.lastIndexOf(NEWLINE); end >= 3;) {
    const before = bytes.lastIndexOf(NEWLINE, end - 1);
    const last = bytes[end - 1] === RETURN ? end - 1 : end;
    if (
      last - before === 4 &&
      bytes[last - 1] === DOT &&
      bytes[last - 2] === DOT &&
      bytes[last - 3] === DOT
    ) {
      return end + 1;
    }
    end = before;
  }
  return 0;
}
