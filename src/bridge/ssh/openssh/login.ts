import { LIMITS, type MachineKey } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { ISshSettings } from '../config';
import {
  fingerprintOf,
  knownSinceMs,
  nameOf as nameInKnownHosts,
  noteAccepted
} from '../knownHosts';
import { Heard } from '../ssh2/heard';
import { MOST_ANSWER_BYTES, type Question } from './askpass';
import { type ISeen, type Problem, problemAt, whyEnded } from './endings';
import { hostName, type ILoginParts } from './loginParts';
import { algorithmOf, isMeant, tellQuestion, type Told } from './questions';
import { type Line, plain, tellLine, unescaped } from './words';

/** Lines that are about one machine. */
const OF_MACHINE = new Set<Line['kind']>(['key', 'accepted', 'refused', 'passed', 'tries']);
const PROMPTS_AGAIN = new Set(['password', 'keyboard-interactive']);
/** The first ssh that lets others speak through it (mux.c, MUX_C_PROXY). */
const OLDEST = { major: 7, minor: 4 };

/** What a login by ssh says and asks, until it is in or over. */
export class OpenSshLogin {
  constructor(private readonly _parts: ILoginParts) {}

  neededPerson = false;
  readonly methods: string[] = [];

  /** The key of the machine it is at. */
  get key(): MachineKey {
    return (
      this._key ?? { algorithm: 'unknown', fingerprint: '', knownSinceMs: null, alsoKnownAs: [] }
    );
  }

  get lastWords(): string {
    return this._own.trim();
  }

  begin(): void {
    this._at(0);
  }

  /** From now on nothing that is said is about the login, and nothing is asked. */
  finish(): void {
    this._over = true;
    this._own = '';
  }

  /** A line of standard error. */
  hear(text: string): void {
    const line = tellLine(text);
    if (line === null) {
      return;
    }
    if (!this._over) {
      this._hear(line);
    } else if (line.kind === 'own') {
      this._said(line.text);
    }
  }

  /** A question of ssh. */
  async answer(question: Question): Promise<string | null> {
    if (this._over) {
      // Whether to learn further keys of the machine (ssh_config(5), UpdateHostKeys ask).
      return 'no';
    }
    try {
      // What was said before the question has come by another way, and is there by then.
      await new Promise(resolve => setImmediate(resolve));
      const isHopKnown = this._turnToHop(question.hop);
      return await this._answer(tellQuestion(question), question.text, isHopKnown);
    } catch (error) {
      this._parts.fail(error instanceof PilothouseError ? error : this._problem('login_cancelled'));
      return null;
    }
  }

  why(): PilothouseError {
    const { lines, graceMs, context } = this._parts;
    const waitedMs = context.clock.now() - this._spokenAtMs;
    const { fingerprint } = this.key;
    const revoked = lines.find(
      line =>
        line.marker === 'revoked' &&
        [fingerprint, this._authority].includes(fingerprintOf(line.key))
    );
    const seen: ISeen = {
      host: hostName(this._machine),
      ...{ phase: this._phase, answered: this._answered, fingerprint },
      overSeconds: this._answered && waitedMs >= graceMs ? Math.round(waitedMs / 1000) : null,
      ...{ said: this._heard.since, own: this._own },
      expectedAt: (file, number) => {
        const found = lines.find(line => line.file === file && line.line === number);
        return found === undefined ? '' : fingerprintOf(found.key);
      },
      revokedAt: revoked === undefined ? null : { file: revoked.file, line: revoked.line }
    };
    return whyEnded(seen);
  }

  private _hear(line: Line): void {
    if (!this._heeded && OF_MACHINE.has(line.kind)) {
      return;
    }
    switch (line.kind) {
      case 'version':
        if (
          line.major < OLDEST.major ||
          (line.major === OLDEST.major && line.minor < OLDEST.minor)
        ) {
          const problem = `it is OpenSSH ${line.major}.${line.minor}, and ${OLDEST.major}.${OLDEST.minor} is needed`;
          const params = { command: 'ssh', problem };
          this._parts.fail(new PilothouseError({ code: 'command_failed', params }));
        }
        return;
      case 'machine':
        this._machineSpoken(line);
        return;
      case 'key':
        this._shown({ algorithm: line.algorithm, fingerprint: line.fingerprint });
        this._authority = line.authority;
        return;
      case 'accepted':
        this._phase = 'login';
        void this._told();
        return;
      case 'tries':
        this._trying = line.method;
        return;
      case 'refused':
        if (this._asked !== null && !this._passed) {
          this._again = true;
        }
        [this._answered, this._passed] = [false, false];
        return;
      case 'passed':
        this.methods.push(line.method ?? this._trying);
        [this._again, this._passed, this._answered] = [false, true, true];
        this._asked = null;
        this._heard.turn();
        return;
      case 'ready':
        this._parts.ready();
        return;
      case 'own':
        this._said(line.text);
        return;
      case 'other':
        this._other(line.text);
    }
  }

  private _machineSpoken(spoken: { readonly host: string; readonly port: number }): void {
    // Anybody on the way could write such a line into a banner: none but the next machine is believed.
    const next = this._spoken + 1;
    const expected = this._parts.way.at(next);
    this._heeded =
      expected?.host.toLowerCase() === spoken.host.toLowerCase() && expected.port === spoken.port;
    if (this._heeded) {
      this._spoken = next;
      this._at(next);
    }
  }

  private _at(index: number): void {
    if (index === this._index) {
      return;
    }
    this._index = index;
    this._spokenAtMs = this._parts.context.clock.now();
    this._phase = index === 0 ? 'reaching' : 'handshake';
    this._key = this._authority = null;
    this.methods.length = 0;
    [this._again, this._passed, this._answered, this._asked] = [false, false, false, null];
    this._heard.turn();
    const { host: address, port, user } = this._machine;
    const number = index + 1;
    this._parts.audience.at({ address, port, user, number, of: this._parts.way.length });
  }

  private _shown(shownKey: Pick<MachineKey, 'algorithm' | 'fingerprint'>): void {
    if (this._phase !== 'login') {
      this._phase = 'handshake';
      this._key = { ...shownKey, knownSinceMs: this._acceptedAtMs, alsoKnownAs: [] };
    }
  }

  private async _told(): Promise<void> {
    const key = this._key;
    const machine = this._machine;
    if (key === null) {
      return;
    }
    const name = nameInKnownHosts({ ...machine, alias: machine.hostKeyAlias });
    const { state } = this._parts.context.folders;
    if (this._acceptedAtMs !== null) {
      key.knownSinceMs = this._acceptedAtMs;
      this._acceptedAtMs = null;
      await noteAccepted(state, name, key.fingerprint, key.knownSinceMs).catch((error: unknown) =>
        this._parts.context.log.error('machine_key_not_remembered', error, { host: name })
      );
    } else {
      key.knownSinceMs = await knownSinceMs(state, name, key.fingerprint);
    }
    this._parts.audience.key({ ...key });
  }

  private async _answer(told: Told, text: string, isHopKnown: boolean): Promise<string | null> {
    if (told.kind === 'notice') {
      this.neededPerson = true;
      this._parts.audience.banner(plain(told.text, LIMITS.wordsChars));
      // ssh ends the program that asked when there is nothing more to say.
      return new Promise(() => undefined);
    }
    if (!this._parts.persons) {
      throw this._problem('login_needed', plain(text, LIMITS.wordsChars).trim());
    }
    if (told.kind === 'unknown-key') {
      throw this._problem('host_unreachable', plain(text, LIMITS.wordsChars).trim());
    }
    return told.kind === 'machine-key' ? this._trust(told) : this._ask(told, isHopKnown);
  }

  private async _trust(asked: Extract<Told, { kind: 'machine-key' }>): Promise<string | null> {
    const { fingerprint, byFingerprint } = asked;
    // Asked for is the bare key, also of a machine whose certificate does not count.
    const bare = this._authority === null ? this._key : null;
    const algorithm = bare?.fingerprint === fingerprint ? bare.algorithm : algorithmOf(asked.type);
    const alsoKnownAs = asked.alsoKnownAs.map(name => name.slice(0, 300)).slice(0, 10);
    const key = { algorithm, fingerprint, knownSinceMs: null, alsoKnownAs };
    const [file = 'none'] = this._machine.knownHostsFiles;
    if (!(await this._parts.audience.trust(key, file))) {
      throw this._problem('login_cancelled');
    }
    this._acceptedAtMs = this._parts.context.clock.now();
    this._key = { ...key, knownSinceMs: this._acceptedAtMs };
    return byFingerprint ? fingerprint : 'yes';
  }

  private async _ask(
    asked: Extract<Told, { kind: 'prompt' }>,
    isHopKnown: boolean
  ): Promise<string | null> {
    const text = isHopKnown ? asked.text : this._turnTo(asked);
    const ofMachine = asked.method !== 'passphrase';
    const again = ofMachine
      ? this._again && PROMPTS_AGAIN.has(asked.method)
      : this._passphrases.has(text);
    if (!ofMachine) {
      this._passphrases.add(text);
    }
    this._again = this._again && !ofMachine;
    const [answer = ''] = await this._parts.audience.ask({
      method: asked.method,
      name: '',
      instructions: ofMachine ? this._heard.instructions('') : '',
      // ssh tells nobody but a terminal whether an answer may be seen.
      prompts: [{ text: plain(text, LIMITS.promptChars), echo: asked.confirm }],
      again
    });
    this.neededPerson = true;
    this._asked = asked.method;
    this._answered = ofMachine;
    this._heard.turn();
    if (Buffer.byteLength(answer) > MOST_ANSWER_BYTES || /[\r\n\0]/.test(answer)) {
      throw this._problem(
        'login_refused',
        `ssh takes no answer of more than ${MOST_ANSWER_BYTES} bytes or of several lines`
      );
    }
    return asked.confirm && !/^y(es)?$/i.test(answer) ? 'no' : answer;
  }

  /** Goes to the machine whose ssh asks, which no machine can say of itself. @returns whether that is known */
  private _turnToHop(hop: number | null): boolean {
    if (hop === null || hop >= this._parts.way.length) {
      return false;
    }
    if (hop !== this._index) {
      this._at(hop);
      this._phase = 'login';
    }
    return true;
  }

  /** Goes to the machine that ssh says is meant. @returns the text as that machine has it */
  private _turnTo({ text, login, method }: Extract<Told, { kind: 'prompt' }>): string {
    if (login === null || method === 'password') {
      return text;
    }
    if (isMeant(this._machine, login)) {
      return text;
    }
    const index = this._parts.way.findIndex(machine => isMeant(machine, login));
    if (index < 0) {
      return `(${login.user}@${login.host}) ${text}`;
    }
    this._at(index);
    this._phase = 'login';
    return text;
  }

  private _other(text: string): void {
    if (this._phase !== 'login') {
      this._said(text);
      return;
    }
    const clean = this._heard.add(unescaped(text), true);
    if (clean !== null) {
      this._parts.audience.banner(`${clean}\n`);
    }
  }

  private _said(text: string): void {
    this._own = `${this._own}${text}\n`.slice(-LIMITS.wordsChars * 2);
  }

  private _problem(code: Problem, words?: string): PilothouseError {
    return problemAt(hostName(this._machine), code, words);
  }

  private get _machine(): ISshSettings {
    return this._parts.way[Math.max(0, this._index)];
  }

  private readonly _heard = new Heard();
  private readonly _passphrases = new Set<string>();
  private _phase: ISeen['phase'] = 'reaching';
  private _index = -1;
  private _spokenAtMs = 0;
  /** The last machine that was spoken to. */
  private _spoken = -1;
  /** What is told is of the machine it is at, not of one that was not known to be on the way. */
  private _heeded = false;
  private _key: MachineKey | null = null;
  /** Whose certificate the machine has shown. */
  private _authority: string | null = null;
  private _acceptedAtMs: number | null = null;
  private _trying = 'unknown';
  private _asked: string | null = null;
  private _again = false;
  private _passed = false;
  private _answered = false;
  private _own = '';
  private _over = false;
}
