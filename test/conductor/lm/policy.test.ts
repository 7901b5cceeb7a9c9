// The policy with the byte language model: what it asks, what the answer does to the ranks, and that it goes on without one. The
// model here is a table of strings; a real one is asked in thread.test.ts.
import type { Model } from '../../../conductor/lm/byte-lm.ts';
import type { Passage } from '../../../conductor/lm/messages.ts';
import { type Comparison, comparisons } from '../../../conductor/lm/passages.ts';
import { ByteLmPolicy, likelihoods } from '../../../conductor/lm/policy.ts';
import { PriorPolicy } from '../../../conductor/policy.ts';
import type { Candidate, RankContext } from '../../../conductor/types.ts';
import type { Diagnostic } from '../../../schemas/types.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';

const text = 'fn first(names: &[String]) -> usize {\n    let size = nmaes.len();\n    size + names.len()\n}\n';
const source = new SourceFile('src/lib.rs', text);
const at = text.indexOf('nmaes');
const diagnostic: Diagnostic = {
  v: 1,
  id: '0123456789abcdef',
  code: 'E0425',
  level: 'error',
  message: 'cannot find value `nmaes` in this scope',
  class: 'resolution',
  target: { package: 'p', name: 'p', kind: 'lib' },
  spans: [
    {
      file: 'src/lib.rs',
      start: at,
      end: at + 5,
      line: 2,
      column: 16,
      end_line: 2,
      end_column: 21,
      primary: true,
      label: null,
      expansion: false,
    },
  ],
  notes: [],
  suggestions: [],
  rendered: '',
  root: null,
};
const context: RankContext = {
  diagnostic,
  source: (file) => (file === source.path ? source : null),
  observations: [],
  lessons: [],
};

function renaming(id: string, to: string, similarity = 0.5): Candidate {
  const edits: Candidate['edits'] = [{ file: 'src/lib.rs', start: at, end: at + 5, text: to }];
  return { id, proposer: 'names-typos', title: to, edits, flags: [], features: { similarity } };
}

/** Knows one word. */
class Fake implements Model {
  readonly asked: (readonly Passage[])[] = [];
  broken = false;
  readonly #likely: string;
  constructor(likely: string) {
    this.#likely = likely;
  }
  async score(passages: readonly Passage[]): Promise<number[][]> {
    this.asked.push(passages);
    if (this.broken) throw new Error('gone');
    return passages.map(({ texts }) =>
      texts.map((bytes) => (Buffer.from(bytes).toString().startsWith(this.#likely) ? -2 : -6)),
    );
  }
  async fill(): Promise<string[]> {
    return [];
  }
  async close(): Promise<void> {}
}

test.before(() => loadGrammar());

/** A table that sees no difference but this, whatever the real one is fitted to. */
const weights = { bias: 0, weights: { likelihood: 1, unlikely: -9 } };

const [names, nodes] = [renaming('aaaaaaaaaaaaaaaa', 'names'), renaming('bbbbbbbbbbbbbbbb', 'nodes')] as const;

test('of two that the table finds equal, the one that reads better goes first', async () => {
  const before = await new PriorPolicy(weights).rank([nodes, names], context);
  assert.is(before[0], before[1]);
  const policy = new ByteLmPolicy(new Fake('names'), { weights });
  const [ofNodes, ofNames] = await policy.rank([nodes, names], context);
  assert.ok((ofNames as number) > (ofNodes as number));
  assert.is(policy.explain(names, context).likelihood, 2);
  assert.is(policy.explain(nodes, context).likelihood, -2);
});

test('one alone, and one far behind, are not asked about', async () => {
  const model = new Fake('names');
  const policy = new ByteLmPolicy(model, { weights });
  assert.equal(await policy.rank([names], context), await new PriorPolicy(weights).rank([names], context));
  const unlikely: Candidate = { ...renaming('cccccccccccccccc', 'nones', 0), flags: ['unlikely'] };
  await new ByteLmPolicy(model, { weights }).rank([names, unlikely], context);
  assert.is(model.asked.length, 0);
});

test('an error of a state is asked about once, and what was said of a candidate stays', async () => {
  const model = new Fake('names');
  const policy = new ByteLmPolicy(model, { weights });
  const [, first] = await policy.rank([nodes, names], context);
  const [again] = await policy.rank([names], context);
  assert.is(model.asked.length, 1);
  assert.is(again, first);
});

test('where the model fails, the table ranks, and that is told once', async () => {
  const model = new Fake('names');
  model.broken = true;
  const told: string[] = [];
  const policy = new ByteLmPolicy(model, { weights, onFailure: async (why) => void told.push(why) });
  assert.equal(
    await policy.rank([nodes, names], context),
    await new PriorPolicy(weights).rank([nodes, names], context),
  );
  const other = { ...context, diagnostic: { ...diagnostic, id: 'fedcba9876543210' } };
  await policy.rank([nodes, names], other);
  assert.equal(told, ['gone']);
  assert.is(model.asked.length, 1);
});

test('the model reads what stands before once, and then what would stand there', () => {
  const [passage, ...more] = comparisons([names, nodes], context);
  assert.is(more.length, 0);
  const { prompt, texts, original } = passage as Comparison;
  const line = text.indexOf('    let');
  const comment = '    // cannot find value `nmaes` in this scope\n';
  assert.equal([...prompt], [0xc0, ...Buffer.from(text.slice(0, line) + comment + text.slice(line, at))]);
  assert.equal(
    [...texts, original].map((bytes) => Buffer.from(bytes).toString()),
    ['names', 'nodes', 'nmaes'].map((name) => `${name}.len();\n    size + names.len()\n`),
  );
});

test('candidates in two places are two passages, and what is far away is not shown', () => {
  const second: Candidate = {
    ...renaming('dddddddddddddddd', ''),
    edits: [{ file: 'src/lib.rs', start: text.indexOf('size +'), end: text.indexOf('size +') + 4, text: 'len' }],
  };
  const found = comparisons([names, second], context);
  assert.equal(
    found.map(({ candidates }) => candidates.map(({ id }) => id)),
    [[names.id], [second.id]],
  );
  const elsewhere: Candidate = { ...names, edits: [{ file: 'src/other.rs', start: 0, end: 0, text: 'use a;\n' }] };
  assert.is(comparisons([elsewhere], context).length, 0);
});

test('gains are against the average, and bounded', () => {
  const passages = comparisons([names, nodes], context);
  assert.equal(
    likelihoods(passages, [[-1, -101]]).map(([, value]) => value),
    [8, -8],
  );
});
