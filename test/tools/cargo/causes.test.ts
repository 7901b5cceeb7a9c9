// Root causes before followers, over what the installed rustc really prints.
import type { Diagnostic } from '../../../schemas/types.ts';
import { rankCauses } from '../../../tools/cargo/causes.ts';
import { assert, test } from '../../support/harness.ts';
import { diagnose } from '../../support/rustc.ts';

/** `code of the root`, or null, for each error in the order given back. */
async function ranked(text: string): Promise<{ code: string | null; text: string; root: string | null }[]> {
  const found = rankCauses(await diagnose(text));
  const codes = new Map(found.map((one) => [one.id, one.code ?? one.message]));
  return found.map((one) => ({
    code: one.code,
    text: text.slice(one.spans.find((span) => span.primary)?.start, one.spans.find((span) => span.primary)?.end),
    root: one.root === null ? null : (codes.get(one.root) ?? 'an id that is not there'),
  }));
}

test.needs('cargo', 'unrelated errors are all roots', async () => {
  const found = await ranked('pub fn f() { let _: u8 = "x"; }\npub fn g() -> bool { 3u8 }\npub fn h() { absent(); }\n');
  assert.equal(
    found.map((one) => [one.code, one.root]),
    [
      ['E0425', null],
      ['E0308', null],
      ['E0308', null],
    ],
  );
});

test.needs('cargo', 'a name that is missing in several places is one cause', async () => {
  const found = await ranked('pub fn f(a: Map) -> Map { a }\npub fn g() { absent(); }\n');
  assert.equal(
    found.map((one) => [one.code, one.text, one.root]),
    [
      ['E0425', 'Map', null],
      ['E0425', 'absent', null],
      ['E0425', 'Map', 'E0425'],
    ],
  );
});

test.needs('cargo', 'what speaks of a derive macro that is not there waits for it', async () => {
  const text = `
    pub trait Show { fn show(&self); }
    #[derive(Show)]
    pub struct S;
    pub fn need<T: Show>(_: T) {}
    pub fn f() { need(S); }
  `;
  const found = await ranked(text);
  const [first, ...rest] = found;
  assert.is(first?.root, null);
  assert.is(first?.text, 'Show');
  for (const one of rest) assert.is.not(one.root, null, one.code ?? '');
});

test.needs('cargo', 'an error that points at a broken definition waits for the definition', async () => {
  const found = await ranked('pub fn f(x: Gone) -> u8 { x }\npub fn g() -> u8 { f() }\npub fn h() -> u8 { "x" }\n');
  assert.equal(
    found.map((one) => [one.code, one.root]),
    [
      ['E0425', null],
      ['E0308', null],
      ['E0061', 'E0425'],
    ],
  );
});

test.needs('cargo', 'an error in text that the compiler had to guess around waits for the text', async () => {
  const found = await ranked('pub fn f(x: u8 y: u8) -> u8 { x }\npub fn g() -> u8 { f() }\n');
  assert.equal(
    found.map((one) => one.code),
    [null, 'E0061'],
  );
  assert.match(found[1]?.root ?? '', 'expected one of');
});

test('a follower of a follower waits for the first; warnings come last', () => {
  const base: Omit<Diagnostic, 'id' | 'code' | 'message' | 'spans' | 'target'> = {
    v: 1,
    level: 'error',
    class: 'resolution',
    notes: [],
    suggestions: [],
    rendered: '',
    root: null,
  };
  const target = { package: 'p', name: 'p', kind: 'lib' } as const;
  const at = (start: number, end: number) => [
    {
      file: 'a.rs',
      start,
      end,
      line: start,
      column: 1,
      end_line: start,
      end_column: 2,
      primary: true,
      label: null,
      expansion: false,
    },
  ];
  const warning: Diagnostic = {
    ...base,
    target,
    id: '0'.repeat(16),
    level: 'warning',
    code: 'unused',
    message: 'w',
    spans: [],
  };
  const root: Diagnostic = {
    ...base,
    target,
    id: '1'.repeat(16),
    code: 'E0432',
    message: 'unresolved import `a::Thing`',
    spans: at(1, 5),
  };
  const second: Diagnostic = {
    ...base,
    target,
    id: '2'.repeat(16),
    class: 'type-mismatch',
    code: 'E0308',
    message: 'expected `Thing`',
    spans: at(50, 60),
  };
  const third: Diagnostic = {
    ...base,
    target,
    id: '3'.repeat(16),
    class: 'borrow',
    code: 'E0597',
    message: 'does not live long enough',
    spans: at(50, 60),
  };
  const found = rankCauses([warning, third, second, root]);
  assert.equal(
    found.map((one) => [one.id[0], one.root?.[0] ?? null]),
    [
      ['1', null],
      ['2', '1'],
      ['3', '1'],
      ['0', null],
    ],
  );
});
