// The questions: as many as are said, halves, and titles that are not quoted.
import { fileURLToPath } from 'node:url';
import type { Searcher } from '../../../tools/docs/index/search.ts';
import { accepts, kinds, readQuestions } from '../../../trainer/eval/questions.ts';
import { assert, test } from '../../support/harness.ts';

const folder = fileURLToPath(new URL('../../../datasets/questions', import.meta.url));
const all = readQuestions(folder);
const further = readQuestions(`${folder}/further`);

test('50 of each kind, half of them for tuning; those that can be answered have sections, the others none', () => {
  for (const kind of kinds) {
    const own = all.filter((question) => question.kind === kind);
    assert.equal([own.length, own.filter(({ half }) => half === 'tune').length], [50, 25], kind);
    for (const { accept, id } of own) assert.is(accept.length > 0, kind !== 'unanswerable', id);
  }
  assert.is(new Set(all.map(({ id }) => id)).size, 200);
});

test('further questions are for tuning alone, none of them twice', () => {
  assert.ok(further.every(({ half }) => half === 'tune'));
  assert.is(new Set(further.map(({ id }) => id)).size, further.length);
});

test('diagnostics have their code masked', () => {
  for (const { kind, text, id } of [...all, ...further])
    if (kind === 'diagnostics') assert.not.match(text, /\bE\d{4}\b/, id);
});

test('items are described, not named', () => {
  for (const { kind, text, accept, id } of all) {
    if (kind !== 'items') continue;
    for (const place of accept) {
      const name = /(?:method\.|fn\.)(\w+?)(?:\.html)?$/.exec(place)?.[1] ?? '';
      if (name.includes('_')) assert.not.ok(text.toLowerCase().includes(name), `${id} names ${name}`);
    }
  }
});

test('a page stands for its sections, a section for those beneath it', () => {
  const places: Record<string, { titles: string[] }> = { 'a.html#up': { titles: ['A', 'Up'] } };
  const search = {
    at: (place: string) => (place in places ? 0 : null),
    place: () => places['a.html#up'],
  } as unknown as Searcher;
  const at = (page: string, id: string, ...titles: string[]) => ({
    page,
    id,
    titles,
    item: false,
    unstable: false,
    sha256: '',
    start: 0,
    end: 0,
  });
  const question = (accept: string[]) => ({
    id: 'x',
    kind: 'language' as const,
    text: '',
    accept,
    half: 'tune' as const,
  });
  assert.ok(accepts(question(['a.html']), at('a.html', 'any', 'A'), search));
  assert.ok(accepts(question(['a.html#up']), at('a.html', 'below', 'A', 'Up', 'Below'), search));
  assert.ok(
    accepts(
      question(['std/primitive.*.html#method.x']),
      at('std/primitive.i32.html', 'method.x-1', 'i32', 'x'),
      search,
    ),
  );
  assert.not.ok(accepts(question(['a.html#up']), at('a.html', 'other', 'A', 'Other'), search));
  assert.not.ok(accepts(question(['b.html']), at('a.html', '', 'A'), search));
});
