// The probes of a language model judge form and exactness as they say.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadGrammar } from '../../../../tools/index/source.ts';
import { keptAnswers } from '../../../../trainer/eval/lm/answers.ts';
import { bodyFigures, bodyTasks, drawn, judgeBody } from '../../../../trainer/eval/lm/bodies.ts';
import { copiedLine, kindOf, lineTasks } from '../../../../trainer/eval/lm/lines.ts';
import { assert, test } from '../../../support/harness.ts';

test.before(loadGrammar);

const long = Array.from({ length: 9 }, (_, index) => `        let v${index} = self.get(${index});`).join('\n');
const text = `struct S;

impl S {
    fn long(&self) -> u32 {
${long}
    }

    fn short(&self) {}
}
`;

test('bodies of functions and methods are asked for where they are long enough', () => {
  const tasks = bodyTasks('a.rs', text);
  assert.is(tasks.length, 1);
  const [task] = tasks;
  assert.is(task?.head, 'fn long(&self) -> u32 {');
  assert.ok(task?.prompt.endsWith(task.head));
  assert.is((task?.prompt ?? '') + (task?.body ?? ''), text.slice(0, text.indexOf('\n\n    fn short')));
});

test('the original parses; an error, and a body that never ends, fail with the reason', () => {
  const [task] = bodyTasks('a.rs', text);
  if (task === undefined) throw new Error('no task');
  assert.equal(judgeBody(task, `${task.body}\n\n    fn more() {}`), { body: task.body, why: 'parsed' });
  assert.is(judgeBody(task, ' if a { 1 } else { 2 } }').why, 'parsed');
  assert.is(judgeBody(task, ' let = ; }').why, 'error');
  assert.is(judgeBody(task, ' if a { 1 }').why, 'unterminated');
  assert.is(judgeBody(task, ' "}" ').why, 'error');
  const figures = bodyFigures([task], [judgeBody(task, ' 1 }')]);
  assert.is(figures.parsed, 1);
  assert.ok(figures.lengthRatio < 0.05);
});

test('a line is asked for where it stands once and is long enough', () => {
  const tasks = lineTasks('a.rs', 'let first = 1;\nlet twice = 2;\nlet twice = 2;\n  } \n    call(first, second);\n');
  assert.equal(
    tasks.map(({ line, kind }) => [line, kind]),
    [
      ['let first = 1;', 'binding'],
      ['call(first, second);', 'call'],
    ],
  );
  const [, last] = tasks;
  assert.ok(last?.prefix.endsWith('\n    '));
  assert.is(last?.suffix, '\n');
});

test('copying takes what follows the line most like the one before', () => {
  const [task] = lineTasks('a.rs', 'open(file, a);\nread_all(first);\n{\nopen(file, b);\nread_some(second);\n').filter(
    ({ line }) => line === 'read_some(second);',
  );
  if (task === undefined) throw new Error('no task');
  assert.is(copiedLine(task), 'read_all(first);');
});

test('kinds go by the first words', () => {
  const kinds = [
    'pub(crate) fn a() {',
    '} else {',
    'Some(x) => y,',
    'pub name: String,',
    '/// text',
    '#[derive(A)]',
    'use a::b;',
  ];
  assert.equal(kinds.map(kindOf), ['signature', 'control', 'arm', 'field', 'comment', 'attribute', 'import']);
});

test('a draw is spread, keeps the order and depends on the seed alone', () => {
  const all = Array.from({ length: 100 }, (_, index) => index);
  const some = drawn(all, 10, 1);
  assert.equal(some, drawn(all, 10, 1));
  assert.is(some.length, 10);
  assert.equal(
    [...some].sort((a, b) => a - b),
    some,
  );
  assert.is.not(some.join(), drawn(all, 10, 2).join());
});

test('answers are kept: a probe that was stopped asks for what is missing alone, and another model for everything', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rusta-answers-'));
  const path = join(folder, 'answers.ndjson');
  const asked: string[] = [];
  const ask = (answer: string) => async () => {
    asked.push(answer);
    return answer;
  };
  await (await keptAnswers(path, 'a')).of(['line', '1'], ask('one'));
  // Killed while a line was written.
  await appendFile(path, '{"key":"');
  const again = await keptAnswers(path, 'a');
  assert.is(await again.of(['line', '1'], ask('never')), 'one');
  assert.is(await again.of(['line', '2'], ask('two\n')), 'two\n');
  assert.is(await (await keptAnswers(path, 'a')).of(['line', '2'], ask('never')), 'two\n');
  assert.is(await (await keptAnswers(path, 'b')).of(['line', '1'], ask('other')), 'other');
  assert.equal(asked, ['one', 'two\n', 'other']);
  assert.is((await readFile(path, 'utf8')).split('\n').length, 5);
  await rm(folder, { recursive: true });
});
