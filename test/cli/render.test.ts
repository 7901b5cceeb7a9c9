// What a person sees: every kind of result says what is true and what to do next, colours stay off where they must,
// lines keep to the width, and nothing that a hostile crate wrote acts on the terminal.
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { cut } from '../../cli/columns.ts';
import { advance, idle, progressLine } from '../../cli/progress.ts';
import { renderWhy } from '../../cli/render/result.ts';
import { duration, harmless, oneLine, shellWord, size } from '../../cli/text.ts';
import { assert, test } from '../support/harness.ts';
import { bundle, diagnostic, events, result, run } from './support.ts';

const esc = String.fromCharCode(27);

test('a confidence that the ranking pulls down says how often such repairs are right', () => {
  const low = renderWhy(bundle({ features: { base: 1, covered: 1, score: -4 } }), picocolors.createColors(false));
  assert.match(low, 'lowered: of repairs like it about 1 in 56 is right');
});

test('a fixed crate: the diff, why it holds, the command to apply', async () => {
  const { stdout } = await run(['fix']);
  assert.is(
    stdout,
    `--- a/src/main.rs
+++ b/src/main.rs
@@ -1,3 +1,3 @@
 fn main() {
-    takes(s);
+    takes(&s);
 }

fixed: it compiles and its 3 tests pass

errors      1 → 0
tests       could not be built → 3 passed
lines       +1 −1 in 1 file
fixes       consider borrowing here [suggestions]
            src/main.rs:2: E0308 mismatched types
confidence  0.92, lowered: no test covers the change; the compiler warns about what it wrote
risk        the tests run no benchmark

2 candidates, 1 probe, 4 compiler runs in 1.2 s

apply it:  rusta apply 00112233445566aa
`,
  );
});

test('where there are no tests, none could not be built', async () => {
  const none = { passed: 0, failed: 0, ignored: 0 };
  for (const tests of [
    { tests_before: null, tests_after: none },
    { tests_before: none, tests_after: none },
    { tests_before: none, tests_after: null },
  ]) {
    const { stdout } = await run(['fix'], { result: result({ bundle: bundle(tests) }) });
    assert.match(stdout, /^tests +there are none$/m);
    assert.not.match(stdout, /could not be built|0 passed/);
  }
});

test('a partial repair says that it is never applied', async () => {
  const partial = bundle({ status: 'partial', errors_after: 2, tests_after: null });
  const { stdout } = await run(['fix'], {
    result: result({ status: 'partial', reason: '2 of 3 errors are left', bundle: partial, budget: 'time' }),
  });
  assert.match(stdout, /^partial: 2 of 3 errors are left$/m);
  assert.match(stdout, /^tests +could not be built → not run$/m);
  assert.match(
    stdout,
    /nothing was changed: a partial repair is shown, never applied\nthe time ran out: a longer --time searches on\n$/,
  );
  assert.not.match(stdout, /rusta apply/);
});

test('with --lints the warnings that are left are listed, with the reason where one could be repaired', async () => {
  const repaired = bundle({ errors_before: 0, errors_after: 0, tests_before: { passed: 3, failed: 0, ignored: 0 } });
  const left = [
    { file: 'src/main.rs', line: 7, code: 'dead_code', message: 'function `f` is never used' },
    { file: 'src/main.rs', line: 9, code: 'unused_mut', message: 'no need for `mut`', why: 'tests are not edited' },
  ];
  const { stdout, code, requests } = await run(['fix', '--lints'], {
    result: result({ bundle: repaired, lints: { before: 3, left } }),
  });
  assert.is(code, 0);
  assert.is(requests[0]?.lints, true);
  assert.not.match(stdout, /^errors/m);
  assert.match(
    stdout,
    `2 warnings of 3 left:
  src/main.rs:7: dead_code function \`f\` is never used
  src/main.rs:9: unused_mut no need for \`mut\` (tests are not edited)
`,
  );
  const asked = await run(['fix', '--lints', '--check'], {
    result: result({
      status: 'unfixed',
      bundle: null,
      reason: '1 of 3 warnings to repair',
      lints: { before: 3, left },
    }),
  });
  assert.is(asked.code, 1);
  assert.match(asked.stdout, /repair it: rusta fix --lints\n$/);
});

test('unsure without a terminal names every choice with its command', async () => {
  const alternatives = [bundle({ id: 'ffeeddccbbaa9988', status: 'unsure' })];
  const { stdout } = await run(['fix'], {
    result: result({ status: 'unsure', reason: 'two hold', bundle: bundle({ status: 'unsure' }), alternatives }),
  });
  assert.match(
    stdout,
    /apply it: +rusta apply 00112233445566aa\nor: +rusta apply ffeeddccbbaa9988 +consider borrowing here\n/,
  );
});

test('unfixed lists the errors that are left, and the skeleton where a body is to be written', async () => {
  const skeletons = [{ file: 'src/main.rs', line: 7, text: 'E::B => {\n}' }];
  const { stdout } = await run(['fix'], {
    result: result({ status: 'unfixed', reason: 'no body to take', bundle: null, skeletons }),
  });
  assert.match(stdout, /^unfixed: no body to take\n\n {2}src\/main\.rs:2:11: E0308 mismatched types\n/);
  assert.match(stdout, /at src\/main\.rs:7\n {4}E::B => \{\n {4}\}\n/);
});

test('many errors are cut to ten; followers are left out', async () => {
  const errors = Array.from({ length: 13 }, (_, index) => ({
    ...diagnostic,
    message: `m${index}`,
    root: index === 0 ? 'x' : null,
  }));
  const { stdout } = await run(['fix'], {
    events: [{ v: 1, type: 'sense', files: {}, errors, warnings: 0 }],
    result: result({ status: 'unfixed', bundle: null }),
  });
  assert.not.match(stdout, /m0/);
  assert.match(stdout, /m10\n {2}and 2 more\n/);
});

test('--check on a broken crate says that it needs a fix', async () => {
  const { stdout, code } = await run(['fix', '--check'], {
    result: result({ status: 'unfixed', reason: '1 error to fix', bundle: null }),
  });
  assert.is(code, 1);
  assert.match(stdout, /^needs a fix: 1 error to fix/);
  assert.match(stdout, /rusta fix\n$/);
});

test('a clean crate is said to be clean, and its failing tests are named', async () => {
  const failingTests = [{ name: 'tests::adds', target: 'crate', verdict: 'failed', output: 'left: 1\nright: 2\n' }];
  const clean = result({ status: 'clean', reason: 'it compiles; 1 test fails', bundle: null, failingTests });
  const { stdout } = await run(['fix', '--test'], { result: clean, events: [] });
  assert.match(
    stdout,
    /^clean: it compiles; 1 test fails\n\nfailed tests::adds \(crate\)\n {4}left: 1\n {4}right: 2\n/,
  );
  assert.match(stdout, /repairing what it computes is not what rusta does/);
});

test('a refusal says so', async () => {
  const { stdout } = await run(['fix'], {
    result: result({ status: 'refused', reason: 'it needs the network', bundle: null }),
    events: [],
  });
  assert.match(stdout, /^refused: it needs the network\n/);
});

test('colours: on a terminal alone, and not with NO_COLOR, --no-color, --color never or a dumb terminal', async () => {
  const coloured = async (
    argv: readonly string[],
    terminal: boolean,
    env: Record<string, string> = {},
  ): Promise<boolean> => (await run(argv, { terminal, env })).stdout.includes(esc);
  assert.is(await coloured(['fix'], true), true);
  assert.is(await coloured(['fix'], false), false);
  assert.is(await coloured(['fix'], true, { NO_COLOR: '1' }), false);
  assert.is(await coloured(['fix'], true, { TERM: 'dumb' }), false);
  assert.is(await coloured(['fix', '--no-color'], true), false);
  assert.is(await coloured(['fix', '--color', 'never'], true), false);
  assert.is(await coloured(['fix'], true, { RUSTA_COLOR: 'never' }), false);
  assert.is(await coloured(['fix', '--color=always'], false), true);
  assert.is(await coloured(['fix'], false, { CI: 'true' }), false);
  assert.is(await coloured(['fix', '--json'], true), false);
});

test('a removed line that looks like a header is coloured as removed', async () => {
  const diff = '--- a/x\n+++ b/x\n@@ -1,2 +1,1 @@\n--- y\n keep\n@@ -9 +8 @@\n-z\n+w\n';
  const { stdout } = await run(['fix'], { terminal: true, result: result({ bundle: bundle({ diff }) }) });
  assert.ok(stdout.includes(`${esc}[31m--- y${esc}[39m\n keep\n`));
  assert.ok(stdout.includes(`${esc}[31m-z${esc}[39m\n${esc}[32m+w`));
});

test('nothing that the crate wrote acts on the terminal', async () => {
  const evil = `${esc}]0;title\x07${esc}[2J\u202egnp.rs\u200b\x9b31m`;
  const bad = bundle({
    diff: `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+${evil}\n`,
    fixes: [
      { candidate: '0123456789abcdef', proposer: 'p', title: evil, code: null, message: evil, file: evil, line: 1 },
    ],
    risks: [evil],
  });
  const given = {
    result: result({
      reason: evil,
      bundle: bad,
      failingTests: [{ name: evil, target: evil, verdict: 'failed', output: evil }],
    }),
    events: [{ v: 1, type: 'notice', level: 'warning', message: evil }, ...events] as const,
  };
  const { stdout, stderr } = await run(['fix', '--no-color'], given);
  for (const text of [stdout, stderr]) {
    for (const char of text) {
      const code = char.codePointAt(0) ?? 0;
      assert.ok(char === '\n' || code >= 32, `control ${code}`);
      assert.not.ok(/[\u0080-\u009f\u200b-\u200f\u202a-\u202e]/u.test(char), `format ${code}`);
    }
  }
  assert.match(stdout, /\\u\{1b\}\[2J\\u\{202e\}gnp/);
});

test('progress on a terminal is one line, redrawn, cleared at the end and never wider than the terminal', async () => {
  const fix = async (_request: unknown, { onEvent }: { onEvent: (event: (typeof events)[number]) => void }) => {
    for (const event of events) onEvent(event);
    await new Promise((done) => setTimeout(done, 350));
    return result();
  };
  const { stderr } = await run(['fix'], { terminal: true, columns: 30, services: { fix } });
  const drawn = stderr.split('\r').filter((part) => part !== '');
  assert.ok(drawn.length >= 3, JSON.stringify(stderr));
  assert.not.match(stderr, /\n/);
  assert.ok(stderr.endsWith(`\r${esc}[2K`));
  for (const part of drawn) assert.ok(stringWidth(part) < 30, part);
});

test('progress without a terminal is rare plain lines', async () => {
  const many = Array.from(
    { length: 200 },
    (_, index) =>
      ({ v: 1, type: 'verdict', node: 'n', candidate: 'c', index, of: 200, verdict: 'worse', detail: '' }) as const,
  );
  const { stderr } = await run(['fix'], { events: [...events, ...many] });
  assert.ok(stderr.split('\n').length <= 3, stderr);
  assert.not.ok(stderr.includes('\r') || stderr.includes(esc));
});

test('the progress line: state, probes, candidate k of n, elapsed, detail; cut by columns, not by characters', () => {
  let view = idle;
  for (const event of events.slice(0, -1)) view = advance(view, event);
  assert.is(
    progressLine({ ...view, probes: 2 }, 12_345, 80),
    'Validate · 2 probes · candidate 1 of 2 · 12.3 s · accepted',
  );
  const wide = { ...view, detail: '漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字' };
  for (let columns = 1; columns < 90; columns += 1) assert.ok(stringWidth(progressLine(wide, 1, columns)) <= columns);
});

test('text helpers', () => {
  assert.is(cut('abcdef', 4), 'abc…');
  assert.is(cut('漢字漢字', 6), '漢字…');
  assert.is(cut('👩‍👩‍👧‍👦x', 2), '…');
  assert.is(duration(999), '999 ms');
  assert.is(duration(2149), '2.1 s');
  assert.is(duration(59_999), '1 min 00 s');
  assert.is(duration(125_000), '2 min 05 s');
  assert.is(size(1023), '1023 B');
  assert.is(size(5 * 1024 ** 3), '5.0 GiB');
  assert.is(harmless('a\tb\r\n\u2066'), 'a\tb\\u{d}\n\\u{2066}');
  assert.is(oneLine('a\nb\r\nc\td'), 'a b c d');
  assert.is(shellWord("it's here"), "'it'\\''s here'");
  assert.is(shellWord('src/main.rs'), 'src/main.rs');
});
