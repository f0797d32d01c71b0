import { legible, meant } from './legible';

it.each([
  ['plain.txt', 'plain.txt'],
  ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['a\nb\tc', 'a⟨U+000A⟩b⟨U+0009⟩c'],
  ['\u001b[31m', '⟨U+001B⟩[31m'],
  ['\u202egpj.exe', '⟨U+202E⟩gpj.exe'],
  ['\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
  ['a\u2028b\u0085c\u007f', 'a⟨U+2028⟩b⟨U+0085⟩c⟨U+007F⟩'],
  ['invisi\u200bble\ufeff', 'invisi⟨U+200B⟩ble⟨U+FEFF⟩'],
  ['שלום 🚀 👩‍🔬', 'שלום 🚀 👩‍🔬'],
  // What is called so is told from what is spelled so.
  ['⟨U+000A⟩', '⟨U+27E8⟩U+000A⟩'],
  ['⟨U+27E8⟩U+000A⟩', '⟨U+27E8⟩U+27E8⟩U+000A⟩'],
  ['⟨⟨U+000A⟩\n', '⟨⟨U+27E8⟩U+000A⟩⟨U+000A⟩'],
  ['⟨U+0041⟩ ⟨x⟩', '⟨U+0041⟩ ⟨x⟩'],
  ['⟨U+00\n0A⟩', '⟨U+00⟨U+000A⟩0A⟩']
])('%j is legible as %j, and meant by it', (name, expected) => {
  expect(legible(name)).toBe(expected);
  expect(meant(expected)).toBe(name);
});

it('makes one of no two names, and loses none', () => {
  const parts = ['⟨', '⟩', 'U+', '000A', '27E8', '\n', '\u202e', 'x'];
  const all = new Set<string>();
  let longest = [''];
  for (let length = 0; length < 5; length += 1) {
    longest.forEach(name => all.add(name));
    longest = longest.flatMap(name => parts.map(part => name + part));
  }
  const shown = new Map([...all].map(name => [legible(name), name]));
  expect(shown.size).toBe(all.size);
  expect([...shown].filter(([one, name]) => meant(one) !== name)).toEqual([]);
  // What is legible is so as it stands.
  expect([...shown.keys()].filter(one => legible(meant(one)) !== one)).toEqual([]);
});

it('takes what a person types as it is meant', () => {
  expect(meant('notes ⟨2⟩ U+000A.txt')).toBe('notes ⟨2⟩ U+000A.txt');
});
