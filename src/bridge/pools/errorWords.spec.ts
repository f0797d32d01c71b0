import { PilothouseError } from '../errors';
import { wordsOf } from './errorWords';

it.each<[error: unknown, words: string]>([
  [new PilothouseError({ code: 'submit_failed', words: 'invalid account' }), 'invalid account'],
  [
    new PilothouseError({ code: 'submit_failed', words: 'said', params: { problem: 'not this' } }),
    'said'
  ],
  [
    new PilothouseError({ code: 'profile_exists', params: { path: '/a', problem: 'is there' } }),
    '/a: is there'
  ],
  [new PilothouseError({ code: 'profile_exists', params: { problem: 'is there' } }), 'is there'],
  [
    new PilothouseError({ code: 'login_needed', params: { host: 'a' } }),
    'login_needed {"host":"a"}'
  ],
  [new TypeError('x is undefined'), 'x is undefined'],
  ['thrown text', 'thrown text']
])('%p says %s', (error, words) => {
  expect(wordsOf(error)).toBe(words);
});
