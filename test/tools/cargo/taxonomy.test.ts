// The taxonomy: every code of the installed error index has a class, and messages without a code find theirs.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { classify, knownCodes, phaseOf } from '../../../tools/cargo/taxonomy.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { assert, test } from '../../support/harness.ts';

test('the table has codes that rustc no longer emits beside those of today', () => {
  for (const code of ['E0412', 'E0425', 'E0806']) assert.ok(knownCodes.includes(code), code);
  assert.ok(knownCodes.every((code) => /^E\d{4}$/.test(code)));
});

test.needs('cargo', 'it holds every code of the installed error index', async () => {
  const { sysroot } = await findToolchain(null);
  const folder = join(sysroot, 'share/doc/rust/html/error_codes');
  // Without the rust-docs component there is nothing to compare with; the test above then stands alone.
  const pages = existsSync(folder) ? readdirSync(folder) : [];
  const codes = pages.flatMap((page) => /^(E\d{4})\.html$/.exec(page)?.[1] ?? []);
  assert.equal(
    codes.filter((code) => !knownCodes.includes(code)),
    [],
  );
});

const cases: readonly (readonly [string | null, string, ReturnType<typeof classify>])[] = [
  ['E0308', 'mismatched types', 'type-mismatch'],
  ['E0382', 'borrow of moved value: `v`', 'ownership'],
  ['E0499', 'cannot borrow `x` as mutable more than once at a time', 'borrow'],
  ['E0277', 'the trait bound `T: Copy` is not satisfied', 'trait-bounds'],
  ['E0603', 'function `f` is private', 'visibility'],
  ['E0425', 'cannot find value `x` in this scope', 'resolution'],
  ['E0412', 'cannot find type `X` in this scope', 'resolution'],
  ['E0765', 'unterminated double quote string', 'syntax'],
  [null, 'expected one of `;` or `}`, found `let`', 'syntax'],
  [null, 'this file contains an unclosed delimiter', 'syntax'],
  [null, 'cannot find macro `printn` in this scope', 'resolution'],
  [null, 'cannot find derive macro `Serialize` in this scope', 'resolution'],
  [null, 'lifetime may not live long enough', 'borrow'],
  ['unused_variables', 'unused variable: `x`', 'lint'],
  ['clippy::len_zero', 'length comparison to zero', 'lint'],
  ['E9999', 'a code of a compiler to come', 'type-mismatch'],
];

for (const [code, message, expected] of cases) {
  test(`${code ?? 'no code'}: ${message} → ${expected}`, () => {
    assert.is(classify(code, message), expected);
  });
}

test('phases: text before names before types before borrows', () => {
  const phase = (code: string | null, message = ''): string => phaseOf({ code, class: classify(code, message) });
  assert.equal([phase(null), phase('E0425'), phase('E0308'), phase('E0382')], ['parse', 'resolve', 'type', 'borrow']);
  assert.equal([phase('E0106'), phase('E0603'), phase('E0583')], ['resolve', 'resolve', 'parse']);
});
