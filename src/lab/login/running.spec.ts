import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { PilothouseModel } from '../model';
import { aHost, asking, settle, TestClock, TestDoor } from '../testing';
import { CommandIDs } from '../tokens';
import { RunningConnections } from './running';

describe('the connections among what runs', () => {
  let door: TestDoor;
  let clock: TestClock;
  let model: PilothouseModel;
  let running: RunningConnections;
  const executed: unknown[] = [];

  beforeEach(() => {
    door = new TestDoor();
    clock = new TestClock();
    model = new PilothouseModel({ door, clock });
    const commands = new CommandRegistry();
    commands.addCommand(CommandIDs.logOut, {
      execute: args => void executed.push(args),
      describedBy: { args: {} }
    });
    const trans = nullTranslator.load('jupyterlab_pilothouse');
    running = new RunningConnections({ model, clock, trans, commands });
    door.snapshot({
      hosts: [
        aHost({ state: 'connected' }),
        aHost({ ...asking({ kind: 'none' }), host: 'h2', address: 'jump.example.org', pools: [] }),
        aHost({ host: 'h3', address: 'away.example.org' })
      ]
    });
  });

  afterEach(() => {
    running.dispose();
    model.dispose();
    expect(clock.pending).toBe(0);
  });

  it('are those that are there, or on their way', () => {
    expect(running.running().map(item => item.label())).toEqual(['ap40', 'jump']);
    expect(running.running()[0].detail?.()).toBe('40 s');
    expect(running.running()[0].labelTitle?.()).toBe('alice@ap40.example.org:22');
  });

  it('end by the command that asks where pilots need them', () => {
    running.running()[0].shutdown?.();
    expect(executed).toEqual([{ host: 'h1' }]);
  });

  it('end all at once, where JupyterLab has asked', async () => {
    running.shutdownAll();
    await settle();
    expect(door.asked).toEqual([
      { method: 'hosts.logout', params: { host: 'h1' } },
      { method: 'hosts.logout', params: { host: 'h2' } }
    ]);
  });

  it('are drawn at most once a second', () => {
    let drawn = 0;
    running.runningChanged.connect(() => {
      drawn += 1;
    });
    door.delta({ kind: 'host', value: aHost() });
    door.delta({ kind: 'host', value: aHost() });
    clock.pass(1000);
    expect(drawn).toBe(1);
  });
});
