// `rusta explain` and `rusta anchor` from their words on: what is asked, and what comes out.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { otherVersion, understand } from '../../cli/commands/explain.ts';
import { renderAnswer } from '../../cli/render/explanation.ts';
import { exitCodes } from '../../schemas/errors.ts';
import { assert, test } from '../support/harness.ts';
import { run } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
writeFileSync(join(folder, 'main.rs'), 'fn main() {}\n');
test.after(() => rmSync(folder, { recursive: true }));

test('a code, a place, a path, an item, a question', () => {
  assert.equal(understand('e0382', folder), { kind: 'code', what: 'E0382' });
  assert.equal(understand('main.rs:3:7', folder), { kind: 'place', path: join(folder, 'main.rs'), line: 3, column: 7 });
  assert.equal(understand('main.rs:3', folder), {
    kind: 'place',
    path: join(folder, 'main.rs'),
    line: 3,
    column: null,
  });
  assert.equal(understand('main.rs', folder), { kind: 'crate', path: join(folder, 'main.rs') });
  assert.equal(understand('Option::take', folder), { kind: 'item', what: 'Option::take' });
  assert.equal(understand('why is it moved?', folder), { kind: 'question', what: 'why is it moved?' });
});

test('a file that is not there and nothing at all are said so', () => {
  assert.throws(() => understand('gone.rs:3', folder), /there is no file gone\.rs/);
  assert.throws(() => understand(' ', folder), /what should be explained/);
});

test('without rust-docs a code is not explained, and the component is named', async () => {
  const toolchain = join(folder, 'toolchain');
  mkdirSync(join(toolchain, 'bin'), { recursive: true });
  for (const name of ['rustc', 'cargo']) {
    const says = '#!/bin/sh\nprintf "rustc 1.95.0 (59807616e 2026-04-14)\\nhost: x86_64-unknown-linux-gnu\\n"\n';
    writeFileSync(join(toolchain, 'bin', name), says, { mode: 0o755 });
  }
  const before = process.env.RUSTUP_TOOLCHAIN;
  process.env.RUSTUP_TOOLCHAIN = toolchain;
  try {
    const { code, stdout, stderr } = await run(['explain', 'E0382'], { cwd: folder });
    assert.is(stdout, '');
    assert.match(stderr, /no documentation at .*\n.*rustup component add rust-docs/);
    assert.is(code, exitCodes.toolchain);
  } finally {
    if (before === undefined) delete process.env.RUSTUP_TOOLCHAIN;
    else process.env.RUSTUP_TOOLCHAIN = before;
  }
});

test('documentation of another version than the compiler is said so', () => {
  assert.is(
    otherVersion('1.94.0', 'rustc 1.95.0 (59807616e 2026-04-14)'),
    'the documentation is of Rust 1.94.0, the compiler of 1.95.0',
  );
  assert.is(otherVersion('1.95.0', 'rustc 1.95.0 (59807616e 2026-04-14)'), null);
  assert.is(otherVersion(null, 'rustc 1.95.0'), null);
});

test('each sentence has the number of its anchor; what acts on a terminal is shown, not sent', () => {
  const anchor = {
    v: 1 as const,
    id: '0123456789abcdef',
    kind: 'doc' as const,
    title: ['A', 'B'],
    source: 'book/a.html',
    sha256: '0'.repeat(64),
    start: 1,
    end: 5,
    span_sha256: '0'.repeat(64),
  };
  const answer = {
    v: 1 as const,
    type: 'explanation' as const,
    what: 'E0382',
    known: true,
    confidence: 1,
    claims: [{ role: 'rule' as const, text: 'Moved\u001b[2J.', anchors: [anchor] }],
    help: ['do it'],
    docs: null,
  };
  const text = renderAnswer(answer, [{ anchor, text: 'Moved.', root: null }], true, picocolors.createColors(false));
  assert.is(
    text,
    'E0382\n  rule Moved\\u{1b}[2J. [1]  A › B\n  → do it\n[1] 0123456789abcdef  doc  book/a.html  bytes 1-5\n    Moved.\n',
  );
  const repaired = {
    ...answer,
    repairs: [{ title: 'add `;`', diff: '--- a/m.rs\n+++ b/m.rs\n', command: 'rusta fix' }],
  };
  assert.match(
    renderAnswer(repaired, [], false, picocolors.createColors(false)),
    /fix {2}add `;` \(not proved\)\n {7}--- a/,
  );
  const unknown = { ...answer, known: false, claims: [], help: [] };
  assert.match(renderAnswer(unknown, [], false, picocolors.createColors(false)), /not known here/);
});

test.needs(
  ['cargo', 'bubblewrap', 'rust-docs'],
  'while cargo builds for long, what the file edited last imports is told first',
  async () => {
    const slow = join(folder, 'slow');
    mkdirSync(join(slow, 'src'), { recursive: true });
    writeFileSync(join(slow, 'Cargo.toml'), '[package]\nname = "slow"\nversion = "0.1.0"\nedition = "2021"\n');
    writeFileSync(join(slow, 'build.rs'), 'fn main() { std::thread::sleep(std::time::Duration::from_secs(4)); }\n');
    writeFileSync(
      join(slow, 'src/lib.rs'),
      'use std::mem::swap;\npub fn two(a: &mut u8, b: &mut u8) -> u8 {\n    swap(a, b)\n}\n',
    );
    const { code, stdout, stderr } = await run(['explain', '--trust'], { cwd: slow });
    assert.match(stderr, /cargo is at work.*\n(?:.*\n)*rusta: meanwhile, what src\/lib\.rs, edited last, imports:\n/);
    assert.ok(stdout.indexOf('std::mem::swap') < stdout.indexOf('E0308'), stdout);
    assert.match(stdout, /^std::mem::swap\n/);
    assert.is(code, exitCodes.ok);
  },
);
