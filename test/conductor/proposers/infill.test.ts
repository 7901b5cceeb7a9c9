// The infilling proposer with a model that writes what the test says.
import { infill } from '../../../conductor/proposers/infill.ts';
import type { ProposeInput } from '../../../conductor/types.ts';
import type { Diagnostic } from '../../../schemas/types.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';

const text = 'fn half(total: u32) -> u32 {\n    let é = totl / 2;\n    é\n}\n';
const source = new SourceFile('src/lib.rs', text);
const start = Buffer.byteLength(text.slice(0, text.indexOf('totl')));
const span = { file: 'src/lib.rs', start, end: start + 4, line: 2, column: 13, end_line: 2, end_column: 17 };
const diagnostic: Diagnostic = {
  v: 1,
  id: '0123456789abcdef',
  code: 'E0425',
  level: 'error',
  message: 'cannot find value `totl` in this scope',
  class: 'resolution',
  target: { package: 'p', name: 'p', kind: 'lib' },
  spans: [{ ...span, primary: true, label: null, expansion: false }],
  notes: [],
  suggestions: [],
  rendered: '',
  root: null,
};

function input(written: readonly string[] | null, asked: string[] = []): ProposeInput {
  return {
    diagnostic,
    errors: [diagnostic],
    source: (file) => (file === source.path ? source : null),
    files: ['src/lib.rs'],
    observations: [],
    edition: '2021',
    ...(written === null
      ? {}
      : {
          fill: async (prefix, suffix) => {
            asked.push(prefix, suffix);
            return written;
          },
        }),
  };
}

test.before(() => loadGrammar());

test('the line of the error is written anew, and the draft says that it invents', async () => {
  const asked: string[] = [];
  const [draft, ...more] = await infill.propose(input(['let é = total / 2;'], asked));
  assert.is(more.length, 0);
  assert.equal(asked, ['fn half(total: u32) -> u32 {\n    ', '\n    é\n}\n']);
  assert.equal(draft?.flags, ['invents', 'unlikely']);
  const [edit] = draft?.edits ?? [];
  const bytes = Buffer.from(text);
  const after = Buffer.concat([
    bytes.subarray(0, edit?.start),
    Buffer.from(edit?.text ?? ''),
    bytes.subarray(edit?.end),
  ]);
  assert.is(after.toString(), text.replace('totl', 'total'));
});

test('what is there already, nothing, and what does not parse are no drafts', async () => {
  assert.equal(await infill.propose(input(['let é = totl / 2;', '  ', 'let é = (total;'])), []);
});

test('without a model it proposes nothing', async () => {
  assert.equal(await infill.propose(input(null)), []);
});
