// Unified diffs as a specification: what they show, and that git takes them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { applyPatch } from 'diff';
import fc from 'fast-check';
import { countLines, type TextChange, unifiedDiff } from '../../../tools/patch/diff.ts';
import { assert, test } from '../../support/harness.ts';

test('shows a change with three lines of context and nothing else', () => {
  const before = `${['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n')}\n`;
  assert.is(
    unifiedDiff([{ path: 'src/lib.rs', before, after: before.replace('5', 'five') }]),
    '--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
  );
});

test('is empty when nothing changes', () => assert.is(unifiedDiff([{ path: 'a', before: 'x', after: 'x' }]), ''));

test('says where the final newline is missing', () => {
  assert.is(
    unifiedDiff([{ path: 'a', before: 'x\ny', after: 'x\nz\n' }]),
    '--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+z\n',
  );
});

test('keeps carriage returns in the lines that have them', () => {
  assert.is(
    unifiedDiff([{ path: 'a', before: 'x\r\ny\r\n', after: 'x\r\nz\r\n' }]),
    '--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n x\r\n-y\r\n+z\r\n',
  );
});

for (const { title, before, after, added, removed } of [
  { title: 'a changed line', before: 'a\nb\nc\n', after: 'a\nB\nc\n', added: 1, removed: 1 },
  { title: 'an inserted line', before: 'a\nc\n', after: 'a\nb\nc\n', added: 1, removed: 0 },
  { title: 'an equal line between two changes', before: 'a\nb\nc\n', after: 'A\nb\nC\n', added: 2, removed: 2 },
  { title: 'a final newline', before: 'a', after: 'a\n', added: 1, removed: 1 },
  { title: 'lines that look like headers', before: '--x\n', after: '++x\n', added: 1, removed: 1 },
  { title: 'nothing', before: 'a\n', after: 'a\n', added: 0, removed: 0 },
]) {
  test(`counts ${title}`, () => assert.equal(countLines([{ path: 'a', before, after }]), { added, removed }));
}

const text = fc
  .array(fc.tuple(fc.constantFrom('', 'a', 'b', '-- c', '++ d', 'é𝛼', '\\'), fc.constantFrom('\n', '\n', '\r\n', '')), {
    maxLength: 12,
  })
  .map((lines) => lines.flat().join(''));

test('property: the diff turns the first text into the second', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff([{ path: 'a', before, after }]);
      if (before !== after) assert.is(applyPatch(before, diff, { autoConvertLineEndings: false }), after);
    }),
  );
});

/** Applies the changes' diff with `git apply` in a folder of its own and gives back what the files then hold. */
function gitApplied(changes: readonly TextChange[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'rusta-diff-'));
  try {
    for (const { path, before } of changes) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), before);
    }
    const env = { PATH: process.env.PATH ?? '', HOME: dir, GIT_CEILING_DIRECTORIES: tmpdir() };
    execFileSync('git', ['apply', '--unsafe-paths', '-'], {
      cwd: dir,
      env,
      input: unifiedDiff(changes),
      stdio: 'pipe',
    });
    return changes.map(({ path }) => readFileSync(join(dir, path), 'utf8'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('git applies it: several files, odd names, Unicode, CRLF, missing final newlines', () => {
  const changes = [
    { path: 'src/with space.rs', before: 'a\nb', after: 'a\nB' },
    { path: 'src/"quoted"\\.rs', before: 'x\r\ny\r\n', after: 'x\r\nz\r\n' },
    { path: 'ünï/🦀.rs', before: 'é\n', after: 'è\nü\n' },
    { path: 'new\nline.rs', before: '1\n2\n', after: '2\n' },
  ];
  assert.equal(
    gitApplied(changes),
    changes.map(({ after }) => after),
  );
});
