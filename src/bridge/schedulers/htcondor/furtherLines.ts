/** A setting among further lines of a submit file. */
export interface IFurtherLine {
  /** Of its first line, from 1. */
  readonly number: number;
  /** As it was written: `+ProjectName`, `MY.X`, `request_cpus`, or `queue`. */
  readonly key: string;
  readonly value: string;
}
export interface IFurtherLines {
  readonly settings: readonly IFurtherLine[];
  /** What is wrong with lines as lines. */
  readonly problems: readonly string[];
}

const SETTING = /^\s*(?<key>[-+]?[A-Za-z_][\w.]*)\s*(?:@=(?<tag>\w+)\s*$|[=:](?<value>.*)$)/;

/**
 * Reads further lines as condor_submit does (HTCondor manual, "Submit File
 * Macros"): comments, continued lines, `key @=end … @end`, if and endif.
 */
export function readFurther(text: string): IFurtherLines {
  const lines = text.split('\n');
  const settings: IFurtherLine[] = [];
  const problems: string[] = [];
  const conditions: number[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const number = at + 1;
    let line = lines[at] ?? '';
    if (/^\s*(#|$)/.test(line)) {
      continue;
    }
    while (line.endsWith('\\') && at + 1 < lines.length) {
      at += 1;
      line = line.slice(0, -1) + (lines[at] ?? '').trimStart();
    }
    if (line.endsWith('\\')) {
      problems.push(`Line ${number} ends with a backslash, which would take in the line after it.`);
    }
    const found: Partial<Record<string, string>> | undefined = SETTING.exec(line)?.groups;
    const word = /^\s*(\w+)/.exec(line)?.[1]?.toLowerCase() ?? '';
    if (word === 'queue' && found?.tag === undefined) {
      settings.push({ number, key: 'queue', value: line.trim().slice('queue'.length).trim() });
    } else if (found === undefined && word === 'if') {
      conditions.push(number);
    } else if (found === undefined && word === 'endif') {
      if (conditions.pop() === undefined) {
        problems.push(`Line ${number} is an endif without its if.`);
      }
    } else if (found?.tag !== undefined) {
      const end = lines.findIndex((other, index) => index > at && other.trim() === `@${found.tag}`);
      if (end < 0) {
        problems.push(`Line ${number}: there is no line @${found.tag} that ends this.`);
        break;
      }
      settings.push({ number, key: found.key ?? '', value: lines.slice(at + 1, end).join('\n') });
      at = end;
    } else if (found !== undefined) {
      settings.push({ number, key: found.key ?? '', value: (found.value ?? '').trim() });
    } else if (!/^(else|elif|warning|error)$/.test(word)) {
      problems.push(`Line ${number} is not of the form name = value.`);
    }
  }
  for (const number of conditions) {
    problems.push(`Line ${number}: there is no endif for this if.`);
  }
  return { settings, problems };
}
