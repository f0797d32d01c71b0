import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { systemClock } from '../../clock';
import { until } from '../../until.fixture';
import { LocalUsers, usersTo } from './localUsers';

/** Of a machine with an agent at port 9000 (2328), a stranger, one who has gone, and others. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11 1 0 100 0 0 10 0
   1: 0100007F:C350 0100007F:2328 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 30 10 -1
   2: 0200007F:C350 0100007F:2328 01 00000000:00000000 00:00000000 00000000 65534        0 13 1 0 20 4 30 10 -1
   3: 0100007F:C351 0100007F:2328 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   4: 0100007F:2328 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 14 1 0 20 4 30 10 -1
   0: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:2328 01 00000000:00000000 00:00000000 00000000  1001        0 15 1 0 20 4 30 10 -1
`;

it('whose connections are is read from the tables of the system', () => {
  expect([...usersTo(TABLE, 9000)]).toEqual([
    ['0100007F:C350', 1000],
    ['0200007F:C350', 65534],
    ['0100007F:C352', 1001]
  ]);
  expect([...usersTo('', 9000)]).toEqual([]);
});

describe('connections of this machine', () => {
  let server: Server;
  let from: string[];
  let crowded: boolean;
  let users: LocalUsers;
  const ends: (Socket | ChildProcess)[] = [];
  beforeEach(async () => {
    [from, crowded] = [[], true];
    users = new LocalUsers(systemClock, () => crowded);
    server = createServer(socket => {
      ends.push(socket.on('error', () => undefined));
      users.sort(socket, machine => void from.push(machine));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    users.dispose();
    for (const end of ends.splice(0)) {
      if ('destroy' in end) {
        end.destroy();
      } else {
        end.kill();
      }
    }
    server.close();
  });
  const port = (): number => (server.address() as AddressInfo).port;
  const dial = (): void => {
    ends.push(connect(port(), '127.0.0.1').on('error', () => undefined));
  };

  it('are told apart by their users where there are many', async () => {
    const code = `require('node:net').connect(${port()}, '127.0.0.1').on('error', () => 0)`;
    const words = ['--reuid', '65534', '--clear-groups', process.execPath, '-e', code];
    ends.push(spawn('setpriv', words, { stdio: 'ignore' }));
    dial();
    await until('both have come', () => from.length === 2);
    expect(from.sort()).toEqual([`user ${process.getuid?.()}`, 'user 65534']);
  });

  it('are told apart although the first of them was reset', async () => {
    const gone = new Socket();
    gone.destroy();
    users.sort(gone, machine => void from.push(machine));
    dial();
    await until('the other has come', () => from.length > 0);
    expect(from).toEqual([`user ${process.getuid?.()}`]);
  });

  it('are taken at once where there are few', async () => {
    crowded = false;
    dial();
    await until('it has come', () => from.length === 1);
    expect(from).toEqual(['127.0.0.1']);
  });

  it('go with the port', async () => {
    dial();
    await until('it is there', () => ends.length === 2);
    users.dispose();
    const [, arrived] = ends as Socket[];
    expect(arrived.destroyed || (ends[0] as Socket).destroyed).toBe(true);
    expect(from).toEqual([]);
  });
});
