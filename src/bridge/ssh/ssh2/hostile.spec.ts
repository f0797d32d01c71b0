import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, Server, type ServerConfig } from 'ssh2';
import { type Answers, Person } from '../login.fixture';
import { makeKey } from '../sshd.fixture';

/** Machines that do what sshd cannot be made to do. */
const folder = mkdtempSync(join(tmpdir(), 'ph-odd-'));
const stops: (() => void)[] = [];
beforeAll(() => void makeKey(join(folder, 'host')));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => stops.splice(0).forEach(stop => stop()));

const person = (answers?: Answers): Person => {
  const made = new Person(answers);
  made.times = { ...made.times, reachMs: 500, handshakeMs: 500, thinkMs: 500 };
  stops.push(() => made.leave());
  return made;
};
const listening = async (serve: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    sockets.forEach(socket => socket.destroy());
    server.close();
  });
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
};
const ssh = async (
  serve: (client: Connection) => void,
  config: Partial<ServerConfig> = {}
): Promise<number> => {
  const hostKeys = [readFileSync(join(folder, 'host'))];
  const server = new Server({ hostKeys, ...config }, client => {
    client.on('error', () => undefined);
    stops.push(() => client.end());
    serve(client);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  stops.push(() => server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
};

describe('a port that is none of SSH', () => {
  const forever = (socket: Socket, chunk: string): void => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  };
  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['says nothing', () => undefined, /not gone on/],
    ['closes at once', socket => void socket.end(), /./],
    [
      'speaks another language',
      socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /400 Bad/
    ],
    [
      'refuses in words',
      socket => void socket.end('Not allowed at this time\r\n'),
      /Not allowed at/
    ],
    ['sends an endless line', socket => forever(socket, 'x'.repeat(4096)), /./],
    ['sends endless lines', socket => forever(socket, 'hello\r\n'.repeat(500)), /./],
    ['begins and then stops', socket => void socket.write('SSH-2.0-odd\r\n'), /not gone on/],
    ['begins and sends garbage', socket => forever(socket, 'SSH-2.0-odd\r\n\xff\xff\xff\xff'), /./]
  ])('%s', async (_, serve, words) => {
    const refused = await person().refusal({ port: await listening(serve) });
    // Something has answered there.
    expect(refused.data).toMatchObject({ code: 'host_unreachable' });
    expect(refused.data.params).not.toHaveProperty('answered');
    expect(refused.data.words).toMatch(words);
  });

  it('does not listen', async () => {
    const refused = await person().refusal({ port: 9 });
    expect(refused.data).toMatchObject({
      code: 'host_unreachable',
      params: { address: '127.0.0.1', answered: false }
    });
    expect(refused.data.words).toContain('ECONNREFUSED');
  });

  it('has no name that can be', async () => {
    for (const address of ['-oProxyCommand=x', 'a b', 'a;b', '']) {
      expect((await person().refusal({ address, port: 22 })).code).toBe('host_unreachable');
    }
    expect((await person().refusal({ user: '-x', port: 22 })).code).toBe('host_unreachable');
    expect((await person().refusal({ user: '$(x)', port: 22 })).code).toBe('host_unreachable');
  });
});

describe('a machine that asks oddly', () => {
  const round = { method: 'keyboard-interactive', again: false } as const;

  it('several things in one round, under a heading', async () => {
    const who = person(() => ['one', 'two']);
    const seen: string[][] = [];
    const port = await ssh(client =>
      client.on('authentication', ctx => {
        if (ctx.method !== 'keyboard-interactive') {
          ctx.reject(['keyboard-interactive']);
          return;
        }
        const prompts = [
          { prompt: 'First: ', echo: true },
          { prompt: '\x1b[31mSecond\x07: ', echo: false }
        ];
        ctx.prompt(
          prompts,
          '\x1b[2JHeading',
          'See https://login.example/x?y=z\r\nthen go on',
          answers => {
            seen.push(answers);
            ctx.accept();
          }
        );
      })
    );
    const transport = await who.open({ port });
    transport.dispose();
    expect(seen).toEqual([['one', 'two']]);
    expect(who.rounds).toEqual([
      {
        ...round,
        name: 'Heading',
        instructions: 'See https://login.example/x?y=z\nthen go on',
        prompts: [
          { text: 'First: ', echo: true },
          { text: 'Second: ', echo: false }
        ]
      }
    ]);
  });

  it('says something between its questions, which comes with the next', async () => {
    const who = person(() => ['x']);
    const port = await ssh(client =>
      client.on('authentication', ctx => {
        if (ctx.method !== 'keyboard-interactive') {
          ctx.reject(['keyboard-interactive']);
          return;
        }
        ctx.prompt([{ prompt: 'A: ' }], () =>
          ctx.prompt([], '', 'That was half of it.', () =>
            ctx.prompt([{ prompt: 'B: ' }], () => ctx.accept())
          )
        );
      })
    );
    (await who.open({ port })).dispose();
    expect(who.rounds.map(({ instructions }) => instructions)).toEqual([
      '',
      'That was half of it.'
    ]);
  });

  it('wants a new password', async () => {
    const who = person(({ prompts }) => (prompts.length === 1 ? ['old'] : ['old', 'new']));
    const seen: string[] = [];
    const port = await ssh(client =>
      client.on('authentication', ctx => {
        if (ctx.method !== 'password') {
          ctx.reject(['password']);
        } else {
          ctx.requestChange('Your password has expired.', fresh => {
            seen.push(fresh);
            ctx.accept();
          });
        }
      })
    );
    (await who.open({ port })).dispose();
    expect(who.rounds[1]).toMatchObject({
      instructions: 'Your password has expired.',
      prompts: [{ text: 'Current password: ' }, { text: 'New password: ' }]
    });
    expect(seen).toEqual(['new']);
  });

  it('never answers', async () => {
    const port = await ssh(client => client.on('authentication', () => undefined));
    expect((await person().refusal({ port })).code).toBe('login_timeout');
  });

  it('takes Kerberos alone', async () => {
    const port = await ssh(client =>
      client.on('authentication', ctx => ctx.reject(['gssapi-with-mic' as 'password']))
    );
    const refused = await person().refusal({ port });
    expect(refused.data).toMatchObject({ code: 'transport_unfit', params: { what: 'Kerberos' } });
  });

  it('has no common encryption', async () => {
    const port = await ssh(() => undefined, { algorithms: { cipher: ['aes256-cbc'] } });
    const refused = await person().refusal({ port });
    expect(refused.code).toBe('transport_unfit');
    expect(refused.data.params.what).toContain('cipher');
  });

  it('talks at length before it asks', async () => {
    const who = person(() => ['x']);
    const port = await ssh(
      client =>
        client.on('authentication', ctx =>
          ctx.method === 'password' ? ctx.accept() : ctx.reject(['password'])
        ),
      { banner: '\x1b[1mx\r\n'.repeat(3000) }
    );
    (await who.open({ port })).dispose();
    expect(who.banners).toEqual(['x\n'.repeat(2000)]);
  });
});

describe('a login is cancelled', () => {
  it('before it begins, and while a machine is silent', async () => {
    const port = await listening(() => undefined);
    const early = person();
    early.cancel.abort();
    expect((await early.refusal({ port })).code).toBe('login_cancelled');

    const late = person();
    late.times = { ...late.times, reachMs: 60_000 };
    const refused = late.refusal({ port });
    setImmediate(() => late.cancel.abort());
    expect((await refused).code).toBe('login_cancelled');
  });

  it('while its key is looked at', async () => {
    const who = person();
    who.trusts = 'never answers';
    const refused = who.refusal({ port: await ssh(() => undefined) });
    const look = setInterval(() => who.trusted.length > 0 && who.cancel.abort(), 5);
    expect((await refused).code).toBe('login_cancelled');
    clearInterval(look);
    expect(readdirSync(join(who.home, '.ssh'))).toEqual(['config']);
  });
});

describe('what was answered', () => {
  it('is in no log, file, or process’s words', async () => {
    const secret = 'tell-nobody-4711';
    const who = person(() => [secret]);
    const [seen, processes]: [string[], string[]] = [[], []];
    const port = await ssh(client =>
      client.on('authentication', ctx => {
        if (ctx.method === 'password') {
          seen.push(ctx.password);
          processes.push(...commandLines());
          if (seen.length > 1) {
            ctx.accept();
            return;
          }
        }
        ctx.reject(['password']);
      })
    );
    (await who.open({ port })).dispose();
    expect(seen).toEqual([secret, secret]);
    expect(who.logged.length).toBeGreaterThan(0);
    const files = readdirSync(who.home, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(files.length).toBeGreaterThan(1);
    expect([...who.logged, ...files, ...processes].filter(text => text.includes(secret))).toEqual(
      []
    );
  });
});

/** Words and environment of every process that can be seen. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid =>
      ['cmdline', 'environ'].map(file => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, 'latin1');
        } catch {
          // It has ended meanwhile, or is somebody else's.
          return '';
        }
      })
    );
