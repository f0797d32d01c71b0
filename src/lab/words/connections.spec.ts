import { nullTranslator } from '@jupyterlab/translation';
import { aHost, aKey, aLogin, aRound } from '../testing';
import { countdown, machineOf, promptParts, questionLine, shortName } from '.';

const trans = nullTranslator.load('jupyterlab_pilothouse');

describe('words about connections', () => {
  it.each([
    ['ap40.uw.osg-htc.org', 'ap40'],
    ['login', 'login'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7']
  ])('%s is called %s', (address, name) => expect(shortName(address)).toBe(name));

  it.each([
    [112_000, '1:52'],
    [111_001, '1:52'],
    [9000, '0:09'],
    [1, '0:01'],
    [0, '0:00'],
    [-5000, '0:00'],
    [3_600_000, '60:00']
  ])('%i ms are %s', (ms, words) => expect(countdown(ms)).toBe(words));

  it.each([
    ['Password: ', '', 'Password:'],
    ['', '', ''],
    ['\n', '', ''],
    ['Choose:\n\n  1. Push\n\nPasscode (1-1): ', 'Choose:\n\n  1. Push\n', 'Passcode (1-1):']
  ])('the field of %j', (text, before, label) => {
    expect(promptParts(text)).toEqual({ before, label });
  });

  it('name all that a round asks, without colons', () => {
    const prompts = ['Password: ', 'Code:', ''].map(text => ({ text, echo: false }));
    expect(questionLine(trans, aRound({ prompts }))).toBe('Password, Code');
    expect(questionLine(trans, { kind: 'none' })).toBe('');
    expect(questionLine(trans, { kind: 'machine-key', key: aKey(), file: '/k' })).toBe(
      'is this the right machine?'
    );
  });

  it('call the submit host as the person does, and a jump host as it is dialled', () => {
    const at = (number: number): string =>
      machineOf(aHost(), aLogin({ hop: { address: '192.0.2.7', number, of: 2 } }));
    expect([at(1), at(2)]).toEqual(['192.0.2.7', 'ap40.example.org']);
    expect(machineOf(aHost(), null)).toBe('ap40.example.org');
  });
});
