import { ExecutorId, LeaseId, Pilot, type PilotState } from '../../protocol';
import { aPilot } from '../entities.fixture';
import { nextPilot, type PilotEvent } from './pilotStates';

const lease: Pilot['lease'] = {
  lease: LeaseId.parse('l1'),
  executor: ExecutorId.parse('e1'),
  state: 'lent',
  cause: 'pilot_found'
};
const pilot = (state: PilotState, over: Partial<Pilot> = {}): Pilot =>
  aPilot('p1', {
    state,
    end: state === 'ended' ? 'finished' : null,
    lease: state === 'leased' ? lease : null,
    ...over
  });

const hello = (over: { draining?: boolean; leased?: boolean } = {}): PilotEvent => ({
  kind: 'hello',
  host: 'h',
  site: null,
  cores: 1,
  memoryMiB: null,
  gpus: [],
  runtime: {},
  startedAtMs: 2,
  endsByMs: null,
  draining: false,
  leased: false,
  ...over
});
const job = (state: 'queued' | 'held' | 'running' | 'suspended'): PilotEvent => ({
  kind: 'job',
  state,
  words: 'w'
});
const leased: PilotEvent = { kind: 'leased', lease };
const lost: PilotEvent = { kind: 'contactLost', words: '' };
const ended: PilotEvent = { kind: 'ended', end: 'failed', cause: 'exit_1', words: '' };

it.each<[PilotState, string, PilotEvent, PilotState]>([
  ['requested', 'submitted', { kind: 'submitted', schedulerId: '7' }, 'queued'],
  ['starting', 'submitted late', { kind: 'submitted', schedulerId: '7' }, 'starting'],
  ['queued', 'held', job('held'), 'held'],
  ['held', 'released', job('queued'), 'queued'],
  ['queued', 'running', job('running'), 'starting'],
  ['idle', 'running', job('running'), 'idle'],
  ['lost', 'running', job('running'), 'lost'],
  ['idle', 'suspended', job('suspended'), 'suspended'],
  ['suspended', 'running', job('running'), 'idle'],
  ['starting', 'hello', hello(), 'idle'],
  ['requested', 'hello before the reply', hello(), 'idle'],
  ['lost', 'hello', hello(), 'idle'],
  ['lost', 'hello with its pool', hello({ leased: true }), 'leased'],
  ['lost', 'hello when draining', hello({ draining: true }), 'draining'],
  ['idle', 'leased', leased, 'leased'],
  ['draining', 'leased', leased, 'draining'],
  ['lost', 'leased', leased, 'lost'],
  ['leased', 'freed', { kind: 'freed' }, 'idle'],
  ['draining', 'freed', { kind: 'freed' }, 'draining'],
  ['lost', 'freed', { kind: 'freed' }, 'lost'],
  ['leased', 'drain', { kind: 'drain', cause: 'drained', words: '' }, 'draining'],
  ['leased', 'contact lost', lost, 'lost'],
  ['draining', 'contact lost', lost, 'lost'],
  ['suspended', 'contact lost', lost, 'suspended'],
  ['queued', 'contact lost', lost, 'queued'],
  ['leased', 'requeued', { kind: 'requeued', words: '' }, 'queued'],
  ['requested', 'ended', ended, 'ended'],
  ['lost', 'ended', ended, 'ended'],
  ['ended', 'hello', hello(), 'ended'],
  ['ended', 'requeued', { kind: 'requeued', words: '' }, 'ended']
])('%s, %s: %s', (before, _, event, after) => {
  const next = nextPilot(pilot(before), event, 9);
  expect(next.state).toBe(after);
  expect(next.sinceMs).toBe(before === after ? 1 : 9);
  Pilot.parse(next);
});

it('an end clears what it had and says why', () => {
  expect(nextPilot(pilot('leased'), ended, 9)).toMatchObject({
    lease: null,
    end: 'failed',
    cause: 'exit_1',
    endedAtMs: 9
  });
});

it('a requeued one is another attempt', () => {
  expect(nextPilot(pilot('leased'), { kind: 'requeued', words: '' }, 9)).toMatchObject({
    attempt: 2,
    lease: null
  });
});
