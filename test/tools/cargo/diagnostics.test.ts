// The compiler's messages as diagnostics, over what the installed rustc really prints.
import type { Diagnostic } from '../../../schemas/types.ts';
import { messagesIn, parseMessage, settleIds } from '../../../tools/cargo/diagnostics.ts';
import { assert, test } from '../../support/harness.ts';
import { diagnose, exampleFile } from '../../support/rustc.ts';

/** The text after each suggestion's edits, `message → text`. */
function applied(text: string, diagnostic: Diagnostic): string[] {
  return diagnostic.suggestions.map(({ edits }) => {
    const bytes = Buffer.from(text);
    const sorted = [...edits].sort((a, b) => b.start - a.start);
    return sorted
      .reduce(
        (out, edit) => Buffer.concat([out.subarray(0, edit.start), Buffer.from(edit.text), out.subarray(edit.end)]),
        bytes,
      )
      .toString();
  });
}

async function only(text: string): Promise<Diagnostic> {
  const [first, ...more] = await diagnose(text);
  assert.is(more.length, 0, JSON.stringify(more.map((one) => one.message)));
  return first as Diagnostic;
}

test.needs('cargo', 'code, level, class, labels and positions', async () => {
  const error = await only('// é\npub fn f() -> i32 {\n    "a"\n}\n');
  assert.equal([error.code, error.level, error.class, error.root], ['E0308', 'error', 'type-mismatch', null]);
  const [primary, other] = error.spans;
  assert.equal(
    [primary?.file, primary?.start, primary?.end, primary?.line, primary?.column, primary?.primary],
    [exampleFile, 30, 33, 3, 5, true],
  );
  assert.match(primary?.label ?? '', 'expected `i32`');
  assert.is(other?.primary, false);
});

test.needs('cargo', 'positions are those of the file as it is, with CRLF line ends and a byte order mark', async () => {
  const text = '\ufeffpub fn f() -> i32 {\r\n    "é";\r\n    "b"\r\n}\r\n';
  const error = await only(text);
  const span = error.spans.find((one) => one.primary);
  assert.is(Buffer.from(text).subarray(span?.start, span?.end).toString(), '"b"');
});

test.needs('cargo', 'alternatives in one child are separate suggestions', async () => {
  const text = 'pub fn f() -> HashMap { todo!() }\n';
  const error = await only(text);
  const imports = applied(text, error).filter((one) => one.startsWith('use '));
  assert.ok(
    imports.includes(`use std::collections::HashMap;\n\n${text}`) ||
      imports.some((one) => one.includes('use std::collections::HashMap;')),
    imports.join('---'),
  );
  assert.ok(error.suggestions.every((one) => one.edits.length === 1));
});

test.needs('cargo', 'alternatives of several parts are not mixed', async () => {
  const text = 'pub enum E { A(u8), B(u8) }\npub fn f(x: u8) -> E { x }\n';
  const error = await only(text);
  const after = applied(text, error);
  for (const variant of ['E::A(x)', 'E::B(x)']) {
    assert.ok(
      after.some((one) => one.includes(`-> E { ${variant} }`)),
      after.join('---'),
    );
  }
});

test.needs('cargo', 'all parts of one suggestion stay together', async () => {
  const text = 'pub fn f(a: &str, b: &str) -> &str { if a.is_empty() { b } else { a } }\n';
  const error = await only(text);
  assert.is(error.code, 'E0106');
  assert.ok(
    applied(text, error).some((one) => one.startsWith("pub fn f<'a>(a: &'a str, b: &'a str) -> &'a str")),
    applied(text, error).join('---'),
  );
});

test.needs('cargo', 'an error in a macro is placed at the outermost call in the crate', async () => {
  const text =
    'macro_rules! inner { () => { let _: u8 = "x"; } }\nmacro_rules! outer { () => { inner!() } }\npub fn f() { outer!(); }\n';
  const error = await only(text);
  const span = error.spans.find((one) => one.primary);
  assert.equal([text.slice(span?.start, span?.end), span?.expansion], ['outer!()', true]);
});

test.needs('cargo', 'an argument of a macro of the standard library keeps its own place', async () => {
  const text = 'pub fn f() { println!("{}", nothing); }\n';
  const error = await only(text);
  const span = error.spans.find((one) => one.primary);
  assert.equal([text.slice(span?.start, span?.end), span?.file], ['nothing', exampleFile]);
});

test.needs('cargo', 'an error keeps its id when lines move, and equal errors have ids of their own', async () => {
  const text = 'pub fn f() { let _: u8 = "x"; }\npub fn g() { let _: u8 = "x"; }\n';
  const before = await diagnose(text);
  const after = await diagnose(`\n\n// moved\n${text}`);
  assert.is(new Set(before.map((one) => one.id)).size, 2);
  assert.equal(
    after.map((one) => one.id),
    before.map((one) => one.id),
  );
  assert.ok(before.every((one) => /^[0-9a-f]{16}$/.test(one.id)));
});

test.needs('cargo', 'what two targets report at one place is one diagnostic', async () => {
  const [error] = await diagnose('pub fn f() { let _: u8 = "x"; }\n');
  assert.is(settleIds([error as Diagnostic, error as Diagnostic]).length, 1);
});

test.needs('cargo', 'summaries are left out', async () => {
  const found = await diagnose('pub fn f() { nothing; let _: u8 = "x"; }\n');
  assert.equal(
    found.map((one) => one.code),
    ['E0425', 'E0308'],
  );
});

test('a line that is no message is passed over, whatever it holds', () => {
  assert.equal(messagesIn('{"message":1}\n{"a":\nplain\n{"level":"error","message":"m"}\n[]\n{}'), []);
  const message = { message: 'm', level: 'error', code: null, spans: [], children: [], rendered: null };
  assert.is(messagesIn(JSON.stringify(message)).length, 1);
  assert.is(parseMessage({ ...message, spans: [{ file_name: 'a', is_primary: true, byte_start: -1 }] }), null);
  assert.is(parseMessage({ ...message, children: [{ message: 7 }] }), null);
});
