import { Notification } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Submitting } from '../drive/drive.fixture';
import { Stage } from '../testing';
import { CommandIDs } from '../tokens';
import { tellAwaited } from './awaited';

const DOCUMENT = { type: 'file', format: 'text', content: true } as const;

let there: Submitting;
let stage: Stage;
let telling: IDisposable;
beforeEach(() => {
  there = new Submitting();
  there.file('/home/alice/a.txt', 'x');
  there.now('away');
  stage = new Stage();
  telling = tellAwaited(stage.surroundings, there.drive.patience);
});
afterEach(() => {
  telling.dispose();
  stage.leave();
  there.leave();
  expect(Notification.manager.notifications).toEqual([]);
});

const open = (name: string): Promise<unknown> =>
  there.drive.get(`ospool/home/alice/${name}`, DOCUMENT).catch((error: unknown) => error);
const told = (): string[] => Notification.manager.notifications.map(({ message }) => message);

it('says once for each place who is to log in', async () => {
  const first = open('a.txt');
  await there.pass(0);
  const words = 'Nobody is logged in to h1. Documents wait for it.';
  expect(told()).toEqual([words]);
  const second = open('b.txt');
  await there.pass(0);
  expect(told()).toEqual([words]);

  const [{ options }] = Notification.manager.notifications;
  const event = new MouseEvent('click', { cancelable: true });
  options.actions?.[0].callback(event);
  expect(stage.executed).toEqual([[CommandIDs.logIn, { pool: 'ospool' }]]);
  expect(event.defaultPrevented).toBe(true);

  there.now('connected');
  await there.pass(1000);
  await Promise.all([first, second]);
  expect(told()).toEqual([]);
});

it('says nothing more when it is over', async () => {
  const opening = open('a.txt');
  await there.pass(0);
  telling.dispose();
  expect(told()).toEqual([]);
  there.drive.dispose();
  await opening;
});
