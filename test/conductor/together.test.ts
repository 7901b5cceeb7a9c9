// Repairs of several root causes in one patch: which fit beside each other, and which did their part.
import { type Checked, solveTogether } from '../../conductor/joint.ts';
import { type Ranked, type SearchNode, start } from '../../conductor/search.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { didTheirPart, independent, join, type Part, repairsIn } from '../../conductor/together.ts';
import { shortHash } from '../../schemas/hash.ts';
import type { Diagnostic } from '../../schemas/types.ts';
import { loadGrammar } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

const path = 'src/main.rs';
const text = 'fn one() -> u8 {\n    aaa\n}\nfn two() -> u8 {\n    bbb\n}\n';
const state = new CrateState(new Snapshot(new Map([[path, text]])));

/** An error at the first `word` of the text. */
function error(word: string, inside: string = text): Diagnostic {
  const at = inside.indexOf(word);
  const line = inside.slice(0, at).split('\n').length;
  const span = { file: path, start: at, end: at + word.length, line, column: 5, end_line: line, end_column: 8 };
  return {
    v: 1,
    id: shortHash(word),
    code: 'E0425',
    level: 'error',
    message: `cannot find ${word}`,
    class: 'resolution',
    target: { package: 'p', name: 'p', kind: 'bin' },
    notes: [],
    suggestions: [],
    rendered: '',
    root: null,
    spans: [{ ...span, primary: true, label: null, expansion: false }],
  };
}

function repair(word: string, by: string, score = 0): Ranked {
  const at = text.indexOf(word);
  const edits = [{ file: path, start: at, end: at + word.length, text: by }];
  const candidate = { id: shortHash(word, by), proposer: 'test', title: by, edits, flags: [], features: {} };
  return { candidate, score, features: {}, flags: [], reasons: [], looked: true, failed: 0 };
}

function part(word: string, ...by: readonly string[]): Part {
  return { diagnostic: error(word), ranked: by.map((one, index) => repair(word, one, -index)) };
}

test.before(loadGrammar);

test('equal repairs are one, and one that shares text with another is left out', () => {
  const one = repair('aaa', '1');
  assert.is(repairsIn(join([one, { ...one }, null])).length, 1);
  const [kept, out] = join([one, repair('aaa', '2')]).chosen;
  assert.ok(kept !== null && out === null);
});

test('a repair did its part when its error is gone and none stands where it edited, wherever the text has moved', () => {
  const parts = [part('aaa', '1000'), part('bbb', '2')];
  const joint = join([repair('aaa', '1000'), repair('bbb', '2')]);
  const before = parts.map(({ diagnostic }) => diagnostic);
  const left = { ...error('bbb'), spans: error('bbb').spans.map((span) => ({ ...span, start: span.start + 1 })) };
  assert.equal(didTheirPart(parts, joint, before, []), [true, true]);
  assert.equal(didTheirPart(parts, joint, before, [left]), [true, false], 'the second one has moved by a byte');
  const there = { ...error('aaa'), message: 'mismatched types' };
  assert.equal(didTheirPart(parts, joint, before, [there]), [false, true], 'another error in its place');
  const unread = { ...error('one'), code: null, class: 'syntax' as const, message: 'expected one of' };
  assert.equal(didTheirPart(parts, joint, before, [unread]), [false, false], 'nobody looked any further');
});

test('what says something else of the same place did not do its part, wherever it edited', () => {
  const parts: Part[] = [
    { diagnostic: error('aaa'), ranked: [repair('one', 'uno')] },
    { diagnostic: error('bbb'), ranked: [repair('two', 'due')] },
  ];
  const joint = join(parts.map(({ ranked }) => ranked[0] ?? null));
  const before = parts.map(({ diagnostic }) => diagnostic);
  const again = { ...error('aaa'), message: 'takes 3 arguments but 2 were supplied' };
  assert.equal(didTheirPart(parts, joint, before, [again]), [false, true]);
});

test('errors of one line, and of a signature and what it holds, depend on each other', () => {
  const source = (file: string): ReturnType<CrateState['source']> => state.source(file);
  const [signature, body, other] = [error('u8'), error('aaa'), error('bbb')];
  assert.equal(independent([body, other], source), [body, other]);
  assert.equal(independent([signature, body, other], source), [signature, other]);
});

/** What a compiler says that knows `1` and `2` as good words, and no other ones. */
function verdict({ state: after }: Omit<Checked, 'errors'>): Diagnostic[] {
  const now = after.text(path) as string;
  return [...now.matchAll(/ {4}(\w+)/g)].flatMap(([, word = '']) => (/^[12]$/.test(word) ? [] : [error(word, now)]));
}

async function solved(
  parts: readonly Part[],
  said: typeof verdict = verdict,
): Promise<{ after: string; left: number } | null> {
  const node: SearchNode = start(
    state,
    parts.map(({ diagnostic }) => diagnostic),
    new Set(),
  );
  const found = await solveTogether(
    node,
    parts,
    async (joints) => joints.map(said),
    () => {},
  );
  return (
    found && {
      after: found.state.text(path) as string,
      left: found.errors.length,
    }
  );
}

test('right candidates of different ranks find each other', async () => {
  const found = await solved([part('aaa', 'xxx', '1'), part('bbb', '2', 'yyy')]);
  assert.is(found?.after, text.replace('aaa', '1').replace('bbb', '2'));
  assert.is(found?.left, 0);
});

test('what compiles only beside a likelier repair takes that one', async () => {
  // `9` does its part and breaks something far away: the first two do not do, the second two do.
  const said: typeof verdict = ({ state: after }) => {
    const now = after.text(path) as string;
    const wrong = [...now.matchAll(/ {4}(\w+)/g)].filter(([, word = '']) => !/^[1289]$/.test(word));
    const far = now.includes('9') ? [{ ...error('one', now), message: 'far' }] : [];
    return [...wrong.map(([, word = '']) => error(word, now)), ...far];
  };
  const found = await solved([part('aaa', '9', '1'), part('bbb', '2', '8')], said);
  assert.is(found?.after, text.replace('aaa', '1').replace('bbb', '2'));
});

test('what can be solved is solved, beside what cannot', async () => {
  const found = await solved([part('aaa', 'xxx', 'yyy'), part('bbb', '2')]);
  assert.is(found?.after, text.replace('bbb', '2'));
  assert.is(found?.left, 1);
});

test('where nothing does its part there is no patch', async () => {
  assert.is(await solved([part('aaa', 'xxx'), part('bbb', 'yyy')]), null);
});
