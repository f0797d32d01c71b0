import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Fields of /proc/<pid>/stat after the command's closing parenthesis (proc(5)): 3 is first. */
const FIRST_FIELD = 3;
const STATE = 3 - FIRST_FIELD;
const START_TIME = 22 - FIRST_FIELD;

/**
 * What tells a process from a later one with the same id: its start time in
 * clock ticks since boot, or what `ps` says where there is no /proc. Null: no
 * such process, or it is a zombie.
 */
export function startTimeOf(pid: number): string | null {
  return process.platform === 'linux' ? startTimeOfStat(readStat(pid)) : startTimeByPs(pid);
}

/** The start time in the text of a /proc stat file. The command may hold spaces and parentheses. */
export function startTimeOfStat(stat: string | null): string | null {
  if (stat === null) {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const gone = fields[STATE] === 'Z' || fields[STATE] === 'X';
  return gone ? null : (fields[START_TIME] ?? null);
}

/** A process's working folder where the system tells it, else null. */
export function workingFolderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // No /proc, no such process or another user's: all mean that it is not known.
    return null;
  }
}

function readStat(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') {
      return null;
    }
    throw error;
  }
}

function startTimeByPs(pid: number): string | null {
  try {
    const said = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }).trim();
    const [state, ...started] = said.split(/\s+/);
    return state.startsWith('Z') ? null : started.join(' ');
  } catch {
    // ps ends with 1 when there is no such process.
    return null;
  }
}
