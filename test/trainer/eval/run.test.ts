// An evaluation from case to record: with a contender of the test's own, interrupted, continued, and compared.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attempt, Contender, Task } from '../../../trainer/eval/contenders/contender.ts';
import { compare, figures } from '../../../trainer/eval/figures.ts';
import { type Case, loneFile, type Texts } from '../../../trainer/eval/layout.ts';
import { type CaseRecord, Results } from '../../../trainer/eval/record.ts';
import { evaluate } from '../../../trainer/eval/run.ts';
import { report } from '../../../trainer/eval/table.ts';
import { assert, test } from '../../support/harness.ts';

export const timeoutMs = 400_000;
const both = ['bubblewrap', 'cargo'] as const;
const setup = { v: 1, set: 's', with: 'w', version: '1', toolchain: 'test' } as const;

let folder = '';
test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-run-'));
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
});
test.after.each(() => rm(folder, { recursive: true, force: true }));

const lone = (text: string): Texts => new Map([[loneFile, Buffer.from(text)]]);
const hidden = '#[cfg(test)] mod hidden { #[test] fn one() { assert_eq!(super::f(), 1); } }';
function caseOf(name: string, text: string): Case {
  return {
    name,
    kind: 'file',
    group: name,
    half: 'tuning',
    meta: {},
    broken: lone(text),
    fixed: null,
    hidden: lone(hidden),
    hash: `${name} ${text}`,
  };
}
/** Replaces the broken word by what the test says; claims `fixed`. */
function putting(word: string, seen: Task[] = []): Contender {
  return {
    name: 'w',
    version: '1',
    attempt: async (task): Promise<Attempt> => {
      seen.push(task);
      const state = lone(
        Buffer.from(task.broken.get(loneFile) ?? [])
          .toString()
          .replace('wrong', word),
      );
      return {
        status: 'fixed',
        reason: '',
        state,
        offered: null,
        confidence: 0.9,
        evidence: null,
        seconds: 1,
        cargoRuns: 1,
        candidates: 3,
        candidatesBefore: 2,
        proposers: ['p'],
      };
    },
  };
}
const cases = ['a', 'b', 'c'].map((name) => caseOf(name, `pub fn f() -> u8 { wrong }\n// ${name}\n`));
const never = new AbortController().signal;

async function run(
  list: readonly Case[],
  contender: Contender,
  signal: AbortSignal = never,
  onRecord: (record: CaseRecord) => void = () => {},
) {
  const results = await Results.open(join(folder, 'out'), setup);
  await evaluate(list, results, { contender, toolchain: 'test', jobs: 1, signal, onRecord });
  return results;
}

test.needs(both, 'records: what it did, and whether that was right', async () => {
  const seen: Task[] = [];
  const results = await run(cases.slice(0, 1), putting('1', seen));
  const record = results.records.get('a');
  assert.equal(
    [record?.status, record?.code, record?.verdict?.right, record?.lines, record?.removed, record?.candidatesBefore],
    ['fixed', 'E0425', true, 2, 0, 2],
  );
  assert.match(record?.diff ?? '', /-pub fn f\(\) -> u8 \{ wrong \}\n\+pub fn f\(\) -> u8 \{ 1 \}/);
  // The contender is told the broken state and nothing else.
  assert.equal(Object.keys(seen[0] ?? {}).sort(), ['broken', 'edition', 'kind']);
});

test.needs(both, 'interrupted, it keeps what is done, and goes on with the rest', async () => {
  const stop = new AbortController();
  const done: string[] = [];
  await run(cases, putting('1'), stop.signal, (record) => {
    done.push(record.case);
    if (done.length === 2) stop.abort();
  });
  assert.equal(done, ['a', 'b']);
  const later: string[] = [];
  const results = await run(cases, putting('1'), never, (record) => later.push(record.case));
  assert.equal(later, ['c']);
  assert.is(results.records.size, 3);
});

test.needs(both, 'a line cut off by a crash is done again; so is a case that was changed', async () => {
  await run(cases.slice(0, 2), putting('1'));
  const path = join(folder, 'out/cases.ndjson');
  await appendFile(path, '{"v":1,"case":"c","ha');
  const again: string[] = [];
  const changed = caseOf('a', 'pub fn f() -> u8 { wrong }\n');
  await run([changed, ...cases.slice(1)], putting('1'), never, (record) => again.push(record.case));
  assert.equal(again, ['a', 'c']);
  for (const line of (await readFile(path, 'utf8')).trimEnd().split('\n')) JSON.parse(line);
});

test('results of another set-up are refused by name', async () => {
  await Results.open(join(folder, 'out'), setup);
  const error: unknown = await Results.open(join(folder, 'out'), { ...setup, version: '2' }).catch(
    (cause: unknown) => cause,
  );
  assert.match(String(error), /holds another evaluation: version differs/);
});

test.needs(both, 'compared: gained, lost, newly wrong; figures and report say so', async () => {
  const good = [...(await run(cases, putting('1'))).records.values()];
  await rm(join(folder, 'out'), { recursive: true });
  const bad = [...(await run(cases, putting('2'))).records.values()];
  const worse = compare(bad, good);
  assert.equal([worse.cases, worse.gained, worse.lost, worse.newlyWrong], [3, [], ['a', 'b', 'c'], ['a', 'b', 'c']]);
  assert.is(compare(good, bad).gained.length, 3);
  assert.ok(Math.abs(worse.p - 0.25) < 1e-9);
  const shown = report(bad, [{ name: 'x', why: 'no crate' }], worse);
  assert.match(shown, /test-fix +0\.0%/);
  assert.match(shown, /wrong: 3\n +a \(E0425\): fails one|fails hidden::one/);
  assert.match(shown, /excluded: 1 of 4\n +x: no crate/);
  assert.match(shown, /3 lost \(exact McNemar p = 0\.25\)/);
  const mixed = figures([...good.slice(0, 1), ...bad.slice(1)]);
  assert.equal(
    [mixed.testFix.value, mixed.wrong.value, mixed.compileFix.value].map((one) => one?.toFixed(3)),
    ['0.333', '0.667', '1.000'],
  );
});
