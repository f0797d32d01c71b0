import { joinLines, splitLines } from './notebooks';

const FILE = {
  cells: [
    {
      cell_type: 'code',
      id: 'a',
      execution_count: 1,
      metadata: { tags: ['x'] },
      source: ['import os\n', 'os.getcwd()'],
      outputs: [
        { output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] },
        {
          output_type: 'execute_result',
          execution_count: 1,
          metadata: {},
          data: {
            'text/plain': ['a\n', 'b'],
            'application/json': ['stays', 'as it is'],
            'application/vnd.x+json': { a: ['b'] }
          }
        },
        { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['one', 'two'] }
      ]
    },
    {
      cell_type: 'markdown',
      id: 'b',
      metadata: {},
      attachments: { 'x.png': { 'image/png': ['aaaa'] } },
      source: ['# Title']
    }
  ],
  metadata: { kernelspec: { name: 'python3' } },
  nbformat: 4,
  nbformat_minor: 5
};

const PAGE = {
  ...FILE,
  cells: [
    {
      ...FILE.cells[0],
      source: 'import os\nos.getcwd()',
      outputs: [
        { output_type: 'stream', name: 'stdout', text: 'one\ntwo\n' },
        {
          ...FILE.cells[0].outputs![1],
          data: {
            'text/plain': 'a\nb',
            'application/json': ['stays', 'as it is'],
            'application/vnd.x+json': { a: ['b'] }
          }
        },
        FILE.cells[0].outputs![2]
      ]
    },
    { ...FILE.cells[1], source: '# Title', attachments: { 'x.png': { 'image/png': 'aaaa' } } }
  ]
};

it('is lists of lines in a file and texts in a page', () => {
  expect(joinLines(FILE)).toEqual(PAGE);
  expect(splitLines(PAGE)).toEqual(FILE);
  expect(joinLines(PAGE)).toEqual(PAGE);
});

it('does not say of itself that its outputs may run', () => {
  const trusting = (trusted: object) => ({
    cells: [{ cell_type: 'code', metadata: { ...trusted, tags: [] }, source: '', outputs: [] }],
    nbformat: 4
  });
  expect(joinLines(trusting({ trusted: true }))).toEqual(joinLines(trusting({})));
  expect(JSON.stringify(splitLines(trusting({ trusted: true })))).not.toContain('trusted');
});

it.each([null, 1, 'x', [], { cells: 1 }, { cells: [null, 1, { outputs: [null, { data: 3 }] }] }])(
  'leaves %j alone, which is none',
  value => {
    expect(joinLines(value)).toEqual(value);
  }
);
