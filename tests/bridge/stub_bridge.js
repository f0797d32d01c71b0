// A bridge that misbehaves as STUB says, and otherwise answers just enough for its clients.
// `exit`: says why and ends. `deaf`: never listens. `other-version`: as named. `leaving`: ends
// at its first hello, as a bridge that was just told to stop.
// `garbage`: after hello, sends what is no JSON-RPC. `mute`: answers hello only.
const { WebSocketServer } = require('ws');
const { randomBytes } = require('crypto');
const fs = require('fs');
const http = require('http');
const path = require('path');

const mode = process.env.STUB ?? '';
const option = name => process.argv[process.argv.indexOf(`--${name}`) + 1];
const state = option('state-dir');
const runtime = option('runtime-dir');

fs.appendFileSync(path.join(state, 'starts'), `${process.pid}\n`);
fs.writeFileSync(
  path.join(state, 'seen.json'),
  JSON.stringify({
    argv: process.argv.slice(2),
    environment: Object.keys(process.env),
    cwd: process.cwd(),
    umask: process.umask()
  })
);
process.on('SIGTERM', () => process.exit(0));
if (mode === 'exit') {
  console.error('the database is on fire');
  process.exit(3);
}
if (mode === 'deaf') {
  setInterval(() => {}, 1000);
} else {
  listen();
}

function listen() {
  const secret = randomBytes(32).toString('hex');
  fs.writeFileSync(path.join(runtime, 'secret'), secret, { mode: 0o600 });
  const socket = path.join(runtime, 'bridge.sock');
  fs.rmSync(socket, { force: true });
  fs.writeFileSync(path.join(runtime, 'bridge.json'), JSON.stringify({ pid: process.pid }));
  const server = http.createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    if (request.headers.authorization !== `Bearer ${secret}`) {
      stream.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, client => {
      client.on('message', text => receive(client, JSON.parse(text)));
    });
  });
  process.umask(0o077);
  server.listen(socket);
}

function receive(client, { id, method, params }) {
  const answer = result => client.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
  const refuse = data =>
    client.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: '', data } }));
  const notify = (name, value) =>
    client.send(JSON.stringify({ jsonrpc: '2.0', method: name, params: value }));
  const starts = fs.readFileSync(path.join(state, 'starts'), 'utf8').trim().split('\n').length;
  if (method === 'bridge.hello' && mode === 'leaving' && starts === 1) {
    process.exit(0);
  } else if (method === 'bridge.hello' && mode === 'other-version') {
    refuse({ code: 'version_mismatch', params: { client: params.version, bridge: '9.9.9' } });
  } else if (method === 'bridge.hello') {
    answer({ pid: process.pid, version: params.version, role: params.role });
    if (mode === 'garbage') {
      client.send('{"jsonrpc":');
    }
  } else if (mode === 'mute' || id === undefined) {
    // Says nothing.
  } else if (method === 'bridge.stop') {
    answer({});
    process.exit(0);
  } else if (method === 'echo') {
    notify('echoed', params);
    answer(params);
  } else {
    refuse({ code: 'unknown_method', params: { method } });
  }
}
