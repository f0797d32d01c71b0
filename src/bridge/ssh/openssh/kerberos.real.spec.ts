import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FacesRoom } from '../faces.fixture';
import type { Answers, Person } from '../login.fixture';
import { ssh2Opener } from '../ssh2';
import { openSshOpener } from '.';

jest.setTimeout(60_000);

/** Tickets of a real realm, at a real sshd that takes them. */
const room = new FacesRoom(openSshOpener, 'share', 'ssh-kerberos');
const { at, opened, right, stops } = room;

/** Somebody whose ssh is told to use Kerberos, with a place for tickets and none in it. */
function ticketless(answers?: Answers): Person {
  const made = room.person(answers);
  const folder = mkdtempSync(join(tmpdir(), 'ph-tickets-'));
  stops.push(() => rmSync(folder, { recursive: true }));
  made.environment = {
    KRB5_CONFIG: room.faces.all.kerberos ?? '',
    KRB5CCNAME: `FILE:${folder}/tickets`
  };
  return made.config('IdentityFile none', 'GSSAPIAuthentication yes');
}

function kinit({ environment }: Person): void {
  execFileSync('kinit', [room.faces.all.user], {
    env: { PATH: process.env.PATH, ...environment },
    input: `${room.faces.secrets.password}\n`
  });
}

describe('a ticket', () => {
  it('lets its owner in without a question, and again after a cut', async () => {
    const who = ticketless();
    kinit(who);
    who.persons = false;
    const transport = await opened(who, at('kerberos'));
    expect([transport.methods, transport.neededPerson]).toEqual([['gssapi-with-mic'], false]);
    expect(who.banners.join('')).not.toContain('Kerberos');
  });

  it('that is not there is asked for in words, with what ssh says', async () => {
    const who = ticketless();
    const refused = await who.refusal(at('kerberos'));
    expect(refused.data).toMatchObject({
      code: 'ticket_needed',
      params: { host: `127.0.0.1:${at('kerberos').port}` }
    });
    const { words = '' } = refused.data;
    expect(words).toMatch(/No Kerberos credentials available/);
    expect(words).toContain(who.environment.KRB5CCNAME);
    // Once, though ssh says it for each of its mechanisms.
    expect(words.split('No Kerberos credentials').length).toBe(2);
    expect([who.rounds, who.banners]).toEqual([[], []]);
  });

  it('is not used where ssh is not told to', async () => {
    const who = ticketless();
    kinit(who);
    const refused = await who.config('GSSAPIAuthentication no').refusal(at('kerberos'));
    expect(refused.code).toBe('ticket_needed');
  });

  it('that is not there is no matter where questions can be answered', async () => {
    const who = ticketless(right);
    const transport = await opened(who, at('kerberos-or-totp'));
    expect(transport.methods).toEqual(['keyboard-interactive']);
    // What ssh says of tickets is not the machine's word.
    const shown = who.rounds.map(({ instructions }) => instructions);
    expect([...shown, ...who.banners].join('')).not.toContain('Kerberos');
  });
});

it('is for OpenSSH, which is offered where Pilothouse’s own cannot', async () => {
  const who = ticketless();
  kinit(who);
  who.opener = ssh2Opener;
  const refused = await who.refusal(at('kerberos'));
  expect(refused.data).toMatchObject({ code: 'transport_unfit', params: { what: 'Kerberos' } });
});
