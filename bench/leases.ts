// Many pilots, leased to one kernel, some of them with tasks: agents, kernel and home are simulated
// on real sockets, the bridge is real.
//   node leases.mjs RUNTIME_FOLDER VERSION SITE_FOLDER ADDRESS
// Prints JSON.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedAgent } from './simulated/agent';
import { SimulatedKernel } from './simulated/kernel';

const PILOTS = 1000;
const BUSY = 100;
const TASK_MS = 200;
const RESULT_BYTES = 1000;
/** Leases that are asked for one by one, so often. */
const ONE_BY_ONE = 100;
const ROUNDS = 2;
const BETWEEN_MS = 50;
const WATCHED_MS = 30_000;
/** Connections that are made at one time. */
const AT_ONCE = 50;
const LIMIT_MS = 120_000;

const [runtime, version, site, address] = process.argv.slice(2);
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!holds()) {
    if (Date.now() > end) {
      throw new Error(`never: ${what}`);
    }
    await pause(20);
  }
}

/** Of a process, in MB (proc(5)). */
function memoryOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1000;
}

/** Seconds of the processor that a process has had. */
function timeOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What happens at the pilots. */
class Heard {
  readonly startedAtMs = new Map<string, number>();
  readonly cuts: string[] = [];
  longestSilenceMs = 0;

  started(lease: string): void {
    this.startedAtMs.set(lease, performance.now());
  }

  silent(ms: number): void {
    this.longestSilenceMs = Math.max(this.longestSilenceMs, ms);
  }

  cut(why: string): void {
    this.cuts.push(why);
  }
}

async function dialled(heard: Heard): Promise<SimulatedAgent[]> {
  let files: string[] = [];
  await until('all pilots are submitted', () => {
    files = globSync(join(site, '*', '*', 'pilot.json'));
    return files.length === PILOTS;
  });
  const agents = files.map(file => new SimulatedAgent(file, address, heard));
  for (let at = 0; at < agents.length; at += AT_ONCE) {
    await Promise.all(agents.slice(at, at + AT_ONCE).map(agent => agent.dial()));
  }
  return agents;
}

/** Milliseconds from asking for a lease to its start at a pilot; the kernel holds all of them then. */
async function oneByOne(kernel: SimulatedKernel, heard: Heard): Promise<number[]> {
  const taken: number[] = [];
  const held = kernel.held;
  for (let number = 0; number < ONE_BY_ONE; number += 1) {
    const beganMs = performance.now();
    const [lease] = await kernel.ask(1);
    await until(`${lease} starts`, () => heard.startedAtMs.has(lease));
    taken.push((heard.startedAtMs.get(lease) ?? NaN) - beganMs);
    await pause(BETWEEN_MS);
  }
  await until('all are registered', () => kernel.held === held + ONE_BY_ONE);
  return taken;
}

async function measure(): Promise<object> {
  const heard = new Heard();
  const kernel = await SimulatedKernel.open(runtime, version, PILOTS);
  const before = memoryOf(kernel.pid);
  const agents = await dialled(heard);
  const connected = memoryOf(kernel.pid);
  const many = await kernel.ask(PILOTS - ONE_BY_ONE);
  await until('many leases', () => kernel.held === many.length);
  agents.forEach(agent => agent.serve(TASK_MS, RESULT_BYTES));
  many.slice(0, BUSY).forEach(lease => kernel.keepBusy(lease));
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) {
      await kernel.giveBack(kernel.newest(ONE_BY_ONE));
      await until('some are back', () => kernel.held === many.length);
    }
    taken.push(...(await oneByOne(kernel, heard)));
  }
  const [done, processor, beganMs] = [kernel.done, timeOf(kernel.pid), performance.now()];
  await pause(WATCHED_MS);
  const seconds = (performance.now() - beganMs) / 1000;
  const result = {
    taken,
    cuts: heard.cuts,
    longestSilenceMs: heard.longestSilenceMs,
    tasksPerSecond: (kernel.done - done) / seconds,
    processor: (timeOf(kernel.pid) - processor) / seconds,
    memory: { before, connected, leased: memoryOf(kernel.pid) }
  };
  agents.forEach(agent => agent.close());
  kernel.close();
  return result;
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
