// Types asked of broken programs: how many answers are right, and how soon they come.
import {
  expectedType,
  type ProbeContext,
  probeType,
  probeTypes,
  type TypeAnswer,
  type TypeRequest,
} from '../../../tools/cargo/probe-type.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';
import { type LocalWorker, localWorker, unitOf } from '../../support/local-worker.ts';
import { expectations, type Program, programs } from './probe-programs.ts';

let worker: LocalWorker;
test.before(async () => {
  await loadGrammar();
  worker = await localWorker();
});
test.after(() => worker.close());

/** A program without its marks, and what they enclose. */
function marked(text: string): { source: SourceFile; requests: TypeRequest[] } {
  const requests: TypeRequest[] = [];
  const open: number[] = [];
  let plain = '';
  for (const character of text) {
    if (character === '⟦') {
      open.push(requests.length);
      requests.push({ file: 'lib.rs', start: plain.length, end: 0 });
    } else if (character === '⟧') {
      const index = open.pop() as number;
      requests[index] = { ...(requests[index] as TypeRequest), end: plain.length };
    } else plain += character;
  }
  return { source: new SourceFile('lib.rs', plain), requests };
}

const contextOf = (source: SourceFile): ProbeContext => ({
  worker,
  unit: unitOf(worker, 'lib.rs'),
  overlay: new Map([['lib.rs', Buffer.from(source.text)]]),
  source: (file: string) => (file === 'lib.rs' ? source : null),
});

const shown = (answer: TypeAnswer): string => (answer.kind === 'type' ? answer.type : '-');
const times: number[] = [];
const wrong: string[] = [];

/** Asks every question of a program by itself and keeps the score. */
async function ask(program: Program, probe: typeof probeType): Promise<void> {
  const { source, requests } = marked(program.text);
  assert.is(requests.length, program.answers.length);
  for (const [index, request] of requests.entries()) {
    const started = performance.now();
    const answer = await probe(contextOf(source), request);
    times.push(performance.now() - started);
    const right = program.answers[index] as string;
    if (shown(answer) !== right)
      wrong.push(`${program.what}: \`${source.slice(request)}\` is ${right}, not ${JSON.stringify(answer)}`);
  }
}

for (const program of programs) test.needs('cargo', `types: ${program.what}`, () => ask(program, probeType));
for (const program of expectations) test.needs('cargo', `expected: ${program.what}`, () => ask(program, expectedType));

test.needs('cargo', 'at least 95% of the answers are right, and half of them come within 1.5 s', () => {
  const sorted = times.toSorted((a, b) => a - b);
  const p50 = sorted[sorted.length >> 1] as number;
  const success = (times.length - wrong.length) / times.length;
  const slowest = (sorted.at(-1) as number).toFixed(0);
  process.stdout.write(`${times.length} questions, ${(100 * success).toFixed(1)}% right, p50 ${p50.toFixed(0)} ms, slowest ${slowest} ms
`);
  for (const line of wrong)
    process.stdout.write(`  ${line}
`);
  assert.ok(times.length >= 60);
  assert.ok(success >= 0.95, `${wrong.length} of ${times.length} wrong:\n${wrong.join('\n')}`);
  assert.ok(p50 <= 1500, `p50 ${p50} ms`);
});

test.needs('cargo', 'questions asked together get the answers they get alone, in at most two runs', async () => {
  for (const program of programs.slice(0, 3)) {
    const { source, requests } = marked(program.text);
    const before = worker.runs();
    const answers = await probeTypes(contextOf(source), requests);
    assert.equal(answers.map(shown), program.answers);
    assert.ok(worker.runs() - before <= 2, `${worker.runs() - before} runs`);
  }
});

test.needs('cargo', 'an answer says whether a part of it is not known', async () => {
  const { source, requests } = marked(
    'fn f() { let bad: u8 = ""; let v = ⟦None⟧; let n = ⟦vec![1]⟧; let s = ⟦Some("x")⟧; }',
  );
  assert.equal(await probeTypes(contextOf(source), requests), [
    { kind: 'type', type: 'Option<_>', partial: true },
    { kind: 'type', type: 'Vec<{integer}>', partial: true },
    { kind: 'type', type: 'Option<&str>', partial: false },
  ]);
});

test.needs('cargo', 'without an answer there is the reason that stands in the way', async () => {
  const { source, requests } = marked(
    'fn f() { let a = ⟦nope⟧; let b: ⟦u8⟧ = ""; }\n#[cfg(any())] fn g(x: u8) { ⟦x⟧; }',
  );
  const [name, type, unseen] = await probeTypes(contextOf(source), requests);
  assert.match(JSON.stringify(name), /blocked.*cannot find value `nope`/);
  assert.match(JSON.stringify(type), /blocked.*not an expression/);
  assert.is(unseen?.kind === 'type', false);
});
