// The baselines do what their names say, in the sandbox, and call fixed what compiles.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseline, baselineNames, deleted, suggested } from '../../../trainer/eval/contenders/baselines.ts';
import { loneFile, type Texts } from '../../../trainer/eval/layout.ts';
import { assert, test } from '../../support/harness.ts';

export const timeoutMs = 400_000;
const both = ['bubblewrap', 'cargo'] as const;
let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-baselines-'));
  process.env.XDG_CACHE_HOME = folder;
});
test.after(() => rm(folder, { recursive: true, force: true }));

const lone = (text: string): Texts => new Map([[loneFile, Buffer.from(text)]]);
async function attempt(name: string, text: string) {
  const task = { kind: 'file', broken: lone(text), edition: '2021' } as const;
  const { status, state } = await baseline(name).attempt(task, new AbortController().signal);
  return [status, Buffer.from(state.get(loneFile) ?? []).toString()];
}

const unmutable = 'pub fn f() -> Vec<u8> {\n    let v = Vec::new();\n    v.push(1);\n    v\n}\n';

test('there are three', () => assert.equal(baselineNames, ['cargo-fix', 'suggestions', 'delete']));

for (const name of ['cargo-fix', 'suggestions']) {
  test.needs(both, `${name}: a machine-applicable suggestion is taken`, async () => {
    assert.equal(await attempt(name, unmutable), ['fixed', unmutable.replace('let v', 'let mut v')]);
  });
}

test.needs(both, 'cargo-fix leaves alone what the compiler only guesses; suggestions takes it', async () => {
  const typo = 'pub fn f(count: u8) -> u8 {\n    coutn\n}\n';
  assert.equal(await attempt('cargo-fix', typo), ['unfixed', typo]);
  assert.equal(await attempt('suggestions', typo), ['fixed', typo.replace('coutn', 'count')]);
});

test.needs(both, 'suggestions gives up where there are none', async () => {
  const arity = 'fn g(a: u8) -> u8 { a }\npub fn f() -> u8 { nothing_like_it }\npub fn h() -> u8 { g(1) }\n';
  assert.equal(await attempt('suggestions', arity), ['unfixed', arity]);
});

test.needs(both, 'delete takes the line away, and what breaks with it', async () => {
  const text = 'pub fn f() -> u8 {\n    let x: u8 = "a";\n    let y = x;\n    1\n}\n';
  assert.equal(await attempt('delete', text), ['fixed', 'pub fn f() -> u8 {\n    1\n}\n']);
});

const error = (parts: object) => ({ level: 'error', spans: [], suggestions: [], ...parts }) as never;
const edit = (start: number, end: number, text: string) => ({ file: loneFile, start, end, text });
const suggestion = (applicability: string, ...edits: object[]) => ({ message: '', applicability, edits });

test('suggestions: the surer first, those that overlap left out, placeholders never', () => {
  const diagnostics = [
    error({
      suggestions: [
        suggestion('MaybeIncorrect', edit(0, 4, 'a')),
        suggestion('HasPlaceholders', edit(20, 20, '/* x */')),
      ],
    }),
    error({
      suggestions: [suggestion('MachineApplicable', edit(2, 3, 'b')), suggestion('MaybeIncorrect', edit(8, 9, 'c'))],
    }),
  ];
  assert.equal(suggested({ diagnostics }), [edit(2, 3, 'b'), edit(8, 9, 'c')]);
});

test('delete: each line once, whole, also where errors share it and where the text ends without a line end', () => {
  const span = (start: number, end: number) => ({ file: loneFile, start, end, primary: true });
  const diagnostics = [error({ spans: [span(3, 4)] }), error({ spans: [span(2, 7)] })];
  assert.equal(deleted({ diagnostics }, lone('a\nbcd\nefg')), [edit(2, 6, ''), edit(6, 9, '')]);
});
