import { features } from '../../conductor/features.ts';
import { deedOf } from '../../conductor/habits.ts';
import { PriorPolicy, priors, scoreOf, WEIGHTS, weightTable } from '../../conductor/policy.ts';
import type { Candidate, LessonCount, RankContext } from '../../conductor/types.ts';
import type { Diagnostic, Observation } from '../../schemas/types.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

const source = new SourceFile(
  'src/lib.rs',
  'pub fn half(n: i32) -> f64 {\n    n / 2\n}\n\nfn quarter(n: i32) -> f64 {\n    half(n) / 2\n}\n',
);
const at = source.text.indexOf('n / 2');
const diagnostic: Diagnostic = {
  v: 1,
  id: '0123456789abcdef',
  code: 'E0308',
  level: 'error',
  message: 'mismatched types',
  class: 'type-mismatch',
  target: { package: 'p', name: 'p', kind: 'lib' },
  spans: [
    {
      file: 'src/lib.rs',
      start: at,
      end: at + 5,
      line: 2,
      column: 5,
      end_line: 2,
      end_column: 10,
      primary: true,
      label: 'expected `f64`, found `i32`',
      expansion: false,
    },
  ],
  notes: [],
  suggestions: [],
  rendered: '',
  root: null,
};

function candidate(part: Partial<Candidate> = {}): Candidate {
  return {
    id: 'aaaaaaaaaaaaaaaa',
    proposer: 'types-numbers',
    title: 'cast',
    edits: [{ file: 'src/lib.rs', start: at, end: at + 5, text: '(n / 2) as f64' }],
    flags: [],
    features: {},
    ...part,
  };
}

function context(lessons: readonly LessonCount[] = []): RankContext {
  return { diagnostic, source: (file) => (file === source.path ? source : null), observations: [], lessons };
}

const score = (one: Candidate, lessons: readonly LessonCount[] = []): number =>
  scoreOf(features(one, context(lessons)), priors);

test.before(() => loadGrammar());

test('one score for each candidate, in their order, the same every time', async () => {
  const list = [candidate(), candidate({ flags: ['removes'] }), candidate({ features: { order: 3 } })];
  const first = await new PriorPolicy(priors).rank(list, context());
  assert.equal(
    first,
    list.map((one) => score(one)),
  );
  assert.equal(await new PriorPolicy(priors).rank(list, context()), first);
});

for (const flag of ['removes', 'invents', 'unlikely'] as const) {
  test(`what ${flag} ranks under the same edit that does not`, () => {
    assert.ok(score(candidate({ flags: [flag] })) < score(candidate()) - 2);
  });
}

test('a later draft of the same proposer ranks lower', () => {
  assert.ok(score(candidate({ features: { order: 1 } })) < score(candidate({ features: { order: 0 } })));
  assert.ok(score(candidate({ features: { order: 9 } })) < score(candidate({ features: { order: 1 } })));
});

test("the compiler's sureness orders its suggestions", () => {
  const by = (applicability: number) => score(candidate({ features: { applicability } }));
  assert.ok(by(3) > by(2) && by(2) > by(1) && by(1) > by(0));
});

test('fewer tokens rank higher, tokens that stay are not counted', () => {
  const small = candidate({ edits: [{ file: 'src/lib.rs', start: at + 4, end: at + 5, text: '3' }] });
  const same = candidate({ edits: [{ file: 'src/lib.rs', start: at, end: at + 5, text: 'n / 3' }] });
  assert.is(features(same, context()).tokens, features(small, context()).tokens);
  assert.ok(score(small) > score(candidate()));
});

test('a slip repaired in many places is not punished for its places', () => {
  const edits: Candidate['edits'] = [
    { file: 'src/lib.rs', start: at, end: at, text: '*' },
    { file: 'src/lib.rs', start: at + 4, end: at + 4, text: '*' },
  ];
  assert.ok(score(candidate({ edits, features: { repeats: 2 } })) > score(candidate({ edits })));
});

test('an edit away from every span ranks lower than one on the primary span', () => {
  const far = source.text.indexOf('half(n)');
  const here = candidate({ edits: [{ file: 'src/lib.rs', start: at, end: at + 1, text: 'm' }] });
  const there = candidate({ edits: [{ file: 'src/lib.rs', start: far + 5, end: far + 6, text: 'm' }] });
  assert.is(features(there, context()).far, 1);
  assert.ok(score(there) < score(here));
});

test('changing a signature costs, a public one more', () => {
  const own = source.text.indexOf('i32)', source.text.indexOf('quarter'));
  const shared = source.text.indexOf('i32)');
  const change = (start: number) => candidate({ edits: [{ file: 'src/lib.rs', start, end: start + 3, text: 'f64' }] });
  assert.is(features(change(own), context()).signature, 1);
  assert.is(features(change(own), context()).public_signature, undefined);
  assert.is(features(change(shared), context()).public_signature, 1);
  assert.is(features(candidate(), context()).signature, undefined, 'a body is no signature');
});

test('a literal out of nowhere costs, one rewritten does not', () => {
  const made = candidate({ edits: [{ file: 'src/lib.rs', start: at + 4, end: at + 5, text: '77' }] });
  const rewritten = candidate({ edits: [{ file: 'src/lib.rs', start: at + 4, end: at + 5, text: '2.0' }] });
  assert.is(features(made, context()).literals, 1);
  assert.is(features(rewritten, context()).literals, undefined);
});

test('a lesson that failed lowers, one that worked raises; by content first, by proposer and code after', () => {
  const lesson = (part: Partial<LessonCount>): LessonCount => ({
    proposer: 'types-numbers',
    code: 'E0308',
    candidate: deedOf(diagnostic, candidate()),
    worked: 0,
    failed: 0,
    ...part,
  });
  const plain = score(candidate());
  assert.ok(score(candidate(), [lesson({ failed: 1 })]) < plain);
  assert.ok(score(candidate(), [lesson({ worked: 1 })]) > plain);
  const other = { candidate: 'bbbbbbbbbbbbbbbb' };
  assert.ok(score(candidate(), [lesson({ ...other, failed: 2 })]) < plain);
  assert.ok(score(candidate(), [lesson({ failed: 2 })]) < score(candidate(), [lesson({ ...other, failed: 2 })]));
  assert.is(score(candidate(), [lesson({ ...other, code: 'E0382', failed: 5 })]), plain);
});

test('features stay bounded whatever a candidate claims', () => {
  const wild = candidate({
    features: { similarity: 1e9, agreement: -5, agreed: Number.NaN, order: 1e12, repeats: -3 },
  });
  for (const [name, value] of Object.entries(features(wild, context())))
    assert.ok(Math.abs(value) <= 8, `${name} ${value}`);
});

test('every weight says what it counts and where it came from, once', () => {
  assert.is(new Set(WEIGHTS.map(({ feature }) => feature)).size, WEIGHTS.length);
  for (const { meaning, source: from } of WEIGHTS) assert.ok(meaning.length > 10 && from.length > 10);
  assert.is(weightTable().split('\n').length, WEIGHTS.length);
});

/** `total` or `label` in place of an unknown name, where a probe found that an `f64` is expected. */
const typed = (data: Record<string, unknown>, tool: string): Observation => ({
  v: 1,
  action: '0'.repeat(16),
  tool,
  ok: true,
  elapsed_ms: 60,
  toolchain: '',
  data,
});

test('an observation changes the order: what has the expected type goes first', async () => {
  const edit = (text: string) => [{ file: 'src/lib.rs', start: at, end: at + 5, text }];
  const label = candidate({ id: '1'.repeat(16), edits: edit('label'), features: { similarity: 0.7 } });
  const total = candidate({ id: '2'.repeat(16), edits: edit('total'), features: { similarity: 0.6 } });
  const context: RankContext = { diagnostic, source: () => source, observations: [], lessons: [] };
  const order = async (observations: readonly Observation[]): Promise<boolean> => {
    const [a, b] = (await new PriorPolicy(priors).rank([label, total], { ...context, observations })) as [
      number,
      number,
    ];
    return a > b;
  };
  const place = { file: 'src/lib.rs', start: 3, end: 8 };
  const names = typed(
    {
      file: 'src/lib.rs',
      at,
      names: [
        { name: 'label', kind: 'parameter', type: '&str', distance: 1, path: 'label', declared: null },
        { name: 'total', kind: 'local', type: null, distance: 0, path: 'total', declared: place },
      ],
    },
    'probe_names',
  );
  const expected = typed({ file: 'src/lib.rs', start: at, end: at + 5, want: 'expected', type: 'f64' }, 'probe_type');
  const local = typed({ ...place, want: 'type', type: 'f64' }, 'probe_type');
  assert.is(await order([]), true, 'by likeness alone');
  assert.is(await order([names, expected]), false, 'a declared type that differs goes back');
  assert.is(await order([names, expected, local]), false, 'and a probed one that agrees goes to the front');
  const seen = features(total, { ...context, observations: [names, expected, local] });
  assert.is(seen.agreement, 1);
  assert.is(features(label, { ...context, observations: [names, expected, local] }).disagreement, 1);
});
