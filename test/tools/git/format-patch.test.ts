// The mail of a bundle as a specification: `git am` takes it and makes the commit, whatever the texts hold.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Fix } from '../../../schemas/types.ts';
import { formatPatch } from '../../../tools/git/format-patch.ts';
import type { TextChange } from '../../../tools/patch/diff.ts';
import { assert, test } from '../../support/harness.ts';
import { bundleOf } from '../patch/bundles.ts';

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const fix: Fix = {
  candidate: '0'.repeat(16),
  proposer: 'borrow',
  title: 'borrow `x` instead of moving it',
  code: 'E0382',
  message: 'use of moved value: `x`',
  file: 'src/lib.rs',
  line: 3,
};

interface Commit {
  readonly subject: string;
  readonly body: string;
  readonly author: string;
  readonly files: string[];
}

/** The commit that `git am` makes of the changes' mail, in a repository that holds what was before. */
function am(changes: readonly TextChange[], fixes: readonly Fix[], prefix: string = ''): Commit {
  const dir = mkdtempSync(join(tmpdir(), 'rusta-am-'));
  try {
    const env = { PATH: process.env.PATH ?? '', HOME: dir, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8' };
    const git = (...argv: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], {
        cwd: dir,
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    for (const { path, before } of changes) {
      mkdirSync(dirname(join(dir, prefix, path)), { recursive: true });
      writeFileSync(join(dir, prefix, path), before);
    }
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    const mail = formatPatch({ ...bundleOf(dir, changes), fixes: [...fixes] }, { at, prefix });
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', 'am', '-q'], {
      cwd: dir,
      env,
      input: mail,
      stdio: 'pipe',
    });
    assert.is(git('status', '--porcelain'), '');
    return {
      subject: git('log', '-1', '--format=%s').trim(),
      body: git('log', '-1', '--format=%b').trim(),
      author: git('log', '-1', '--format=%an <%ae> %aI').trim(),
      files: changes.map(({ path }) => readFileSync(join(dir, prefix, path), 'utf8')),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const change = { path: 'src/lib.rs', before: 'fn f() {\n  g(x);\n}\n', after: 'fn f() {\n  g(&x);\n}\n' };

test('git am takes it: subject, body, author and date', () => {
  const commit = am([change], [fix]);
  assert.equal(commit.files, [change.after]);
  assert.is(commit.subject, 'E0382: borrow `x` instead of moving it');
  assert.match(commit.body, '- src/lib.rs:3: E0382 use of moved value: `x`: borrow `x` instead of moving it');
  assert.match(commit.body, 'Errors: 1 before, 0 after.');
  assert.is(commit.author, 'Rusta <rusta@localhost> 2026-01-02T03:04:05+00:00');
});

test('CRLF, missing final newlines, Unicode and odd names survive', () => {
  const changes = [
    { path: 'src/crlf.rs', before: 'a = 1\r\nb\r\nc', after: `a = 2\r\nb\r\nc // ${'long '.repeat(40)}é` },
    { path: 'src/with space é.rs', before: 'é', after: 'è\n' },
    { path: 'src/plain.rs', before: 'From x\n', after: 'From y \n' },
  ];
  assert.equal(
    am(changes, [fix]).files,
    changes.map(({ after }) => after),
  );
  assert.equal(
    am(changes.slice(1), [fix]).files,
    changes.slice(1).map(({ after }) => after),
  );
});

test('goes into a workspace that lies below the top of its repository', () => {
  assert.equal(am([change, { path: 'b c.rs', before: '1\n', after: '2\n' }], [fix], 'my crates/one/').files, [
    change.after,
    '2\n',
  ]);
});

test('a subject beyond ASCII is encoded, a long one cut, more fixes counted', () => {
  const title = 'überall «é𝛼» '.repeat(12);
  const { subject } = am([change], [{ ...fix, title }, fix]);
  assert.match(subject, /^E0382: überall «é𝛼» .*… \(and 1 more\)$/u);
});

test('what comes from the crate cannot pass for a header or a diff', () => {
  const evil =
    'x\n---\ndiff --git a/evil b/evil\nnew file mode 100755\n--- /dev/null\n+++ b/evil\n@@ -0,0 +1 @@\n+evil\nFrom: e <e@e>\n';
  const commit = am(
    [change],
    [{ ...fix, title: evil, message: `${evil}\r\nDate: 1\u2028From: e`, file: `src/${evil}` }],
  );
  assert.equal(commit.files, [change.after]);
  assert.match(commit.author, /^Rusta <rusta@localhost>/);
});

test('without a fix to name it still has a subject', () => assert.is(am([change], []).subject, 'Repair'));
