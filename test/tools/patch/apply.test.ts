// Applying and rolling back as a specification: what the tree holds after, and what is refused with nothing changed.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import type { PatchBundle } from '../../../schemas/types.ts';
import { applyBundle, rollbackBundle } from '../../../tools/patch/apply.ts';
import type { TextChange } from '../../../tools/patch/diff.ts';
import { assert, test } from '../../support/harness.ts';
import { bundleOf } from './bundles.ts';

interface Place {
  readonly root: string;
  readonly journalDir: string;
  bundle(...changes: readonly TextChange[]): PatchBundle;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Every file below the root with its content: what "nothing changed" means. */
  all(): Record<string, string>;
}

/** Runs `work` in a tree of its own that holds `files`. */
async function inTree(files: Record<string, string>, work: (place: Place) => Promise<void>): Promise<void> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-apply-')));
  const root = join(top, 'crate');
  const place: Place = {
    root,
    journalDir: join(top, 'state', 'journal'),
    bundle: (...changes) => bundleOf(root, changes),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    all: () =>
      Object.fromEntries(
        readdirSync(root, { recursive: true, encoding: 'utf8' })
          .sort()
          .filter((path) => lstatSync(join(root, path)).isFile())
          .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
      ),
  };
  try {
    mkdirSync(root);
    for (const [path, text] of Object.entries(files)) place.write(path, text);
    await work(place);
    const left = readdirSync(place.journalDir).filter((name) => name !== 'lock');
    assert.equal(left, [], 'a journal was left behind');
  } finally {
    rmSync(top, { recursive: true });
  }
}

async function refusal(work: Promise<unknown>): Promise<RustaError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RustaError) return error;
    throw error;
  }
  throw new Error('accepted what should have been refused');
}

const a = { path: 'src/a.rs', before: 'one\ntwo\n', after: 'one\nTWO\n' };
const b = { path: 'src/deep/b.rs', before: 'é\r\nx', after: 'è\r\nx\r\n' };
const texts = { [a.path]: a.before, [b.path]: b.before, 'src/other.rs': 'other' };

test('applies every file, and rolling back gives the exact bytes back', () =>
  inTree(texts, async (place) => {
    const bundle = place.bundle(a, b);
    const before = place.all();
    assert.equal(await applyBundle(bundle, place), { files: [a.path, b.path] });
    assert.equal(place.all(), { ...before, [a.path]: a.after, [b.path]: b.after });
    await rollbackBundle(bundle, place);
    assert.equal(place.all(), before);
  }));

test('keeps the mode, and leaves the other names of a hard-linked file as they were', () =>
  inTree(texts, async (place) => {
    chmodSync(join(place.root, a.path), 0o751);
    linkSync(join(place.root, a.path), join(place.root, 'linked'));
    await applyBundle(place.bundle(a), place);
    assert.is(statSync(join(place.root, a.path)).mode & 0o7777, 0o751);
    assert.is(place.read('linked'), a.before);
  }));

test('edits the file behind a link inside the tree, and keeps the link', () =>
  inTree(texts, async (place) => {
    symlinkSync('a.rs', join(place.root, 'src/link.rs'));
    await applyBundle(place.bundle({ ...a, path: 'src/link.rs' }), place);
    assert.ok(lstatSync(join(place.root, 'src/link.rs')).isSymbolicLink());
    assert.is(place.read(a.path), a.after);
  }));

test('works where the path holds spaces and Unicode', () =>
  inTree({ 'söurce dir/ma in.rs': a.before }, async (place) => {
    await applyBundle(place.bundle({ ...a, path: 'söurce dir/ma in.rs' }), place);
    assert.is(place.read('söurce dir/ma in.rs'), a.after);
  }));

test('refuses a file that changed since, names it, and changes no other', () =>
  inTree(texts, async (place) => {
    const bundle = place.bundle(a, b);
    place.write(b.path, 'edited');
    const before = place.all();
    const error = await refusal(applyBundle(bundle, place));
    assert.is(error.code, 'pre-image-changed');
    assert.match(error.message, b.path);
    assert.equal(place.all(), before);
  }));

test('refuses to roll back a file that was edited since, and changes no other', () =>
  inTree(texts, async (place) => {
    const bundle = place.bundle(a, b);
    await applyBundle(bundle, place);
    place.write(b.path, 'edited');
    const before = place.all();
    const error = await refusal(rollbackBundle(bundle, place));
    assert.is(error.code, 'edited-since');
    assert.match(error.message, b.path);
    assert.equal(place.all(), before);
  }));

test('says so when it is applied already, or not applied', () =>
  inTree(texts, async (place) => {
    const bundle = place.bundle(a);
    assert.is((await refusal(rollbackBundle(bundle, place))).code, 'not-applied');
    await applyBundle(bundle, place);
    assert.is((await refusal(applyBundle(bundle, place))).code, 'already-applied');
  }));

for (const path of ['../out.rs', '/etc/hostname', 'src/../../out.rs', 'src//a.rs', './src/a.rs', '', 'src/a.rs\0']) {
  test(`refuses the path ${JSON.stringify(path)}`, () =>
    inTree(texts, async (place) => {
      const error = await refusal(applyBundle(place.bundle({ ...a, path }), place));
      assert.is(error.code, 'path-outside');
    }));
}

test('refuses a link that leads out of the tree, whatever is on the way', () =>
  inTree(texts, async (place) => {
    const outside = join(place.root, '..', 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'a.rs'), a.before);
    symlinkSync(outside, join(place.root, 'folder'));
    symlinkSync('../../outside/a.rs', join(place.root, 'src/file.rs'));
    for (const path of ['folder/a.rs', 'src/file.rs']) {
      assert.is((await refusal(applyBundle(place.bundle({ ...a, path }), place))).code, 'path-outside');
    }
    assert.is(readFileSync(join(outside, 'a.rs'), 'utf8'), a.before);
  }));

test('refuses a folder whose name begins like the root', () =>
  inTree(texts, async (place) => {
    const twin = `${place.root}-twin`;
    mkdirSync(twin);
    writeFileSync(join(twin, 'a.rs'), a.before);
    symlinkSync(join(twin, 'a.rs'), join(place.root, 'twin.rs'));
    assert.is((await refusal(applyBundle(place.bundle({ ...a, path: 'twin.rs' }), place))).code, 'path-outside');
  }));

test('refuses what is not a regular file, or is not there', () =>
  inTree(texts, async (place) => {
    assert.is((await refusal(applyBundle(place.bundle({ ...a, path: 'src' }), place))).code, 'not-a-file');
    assert.is((await refusal(applyBundle(place.bundle({ ...a, path: 'gone.rs' }), place))).code, 'file-missing');
  }));

test('refuses a read-only file, for root too', () =>
  inTree(texts, async (place) => {
    chmodSync(join(place.root, b.path), 0o444);
    const before = place.all();
    assert.is((await refusal(applyBundle(place.bundle(a, b), place))).code, 'read-only');
    assert.equal(place.all(), before);
  }));

test('refuses a bundle whose edits do not give what it promises', () =>
  inTree(texts, async (place) => {
    const bundle = place.bundle(a);
    const wrong = { ...bundle, files: bundle.files.map((file) => ({ ...file, post_sha256: '0'.repeat(64) })) };
    assert.is((await refusal(applyBundle(wrong, place))).code, 'bundle-inconsistent');
  }));

test('refuses two paths of one bundle that are the same file', () =>
  inTree(texts, async (place) => {
    symlinkSync('a.rs', join(place.root, 'src/link.rs'));
    const bundle = place.bundle(a, { ...a, path: 'src/link.rs' });
    assert.is((await refusal(applyBundle(bundle, place))).code, 'bundle-inconsistent');
    assert.is(place.read(a.path), a.before);
  }));

test('undoes the files already changed when a later one is edited meanwhile', () =>
  inTree(texts, async (place) => {
    const onStep = (step: string): void => {
      if (step === `rename ${b.path}`) place.write(b.path, 'typed just now');
    };
    const error = await refusal(applyBundle(place.bundle(a, b), { ...place, onStep }));
    assert.is(error.code, 'pre-image-changed');
    assert.equal(place.all(), { ...texts, [b.path]: 'typed just now' });
  }));

test('two bundles applied at once take turns: one of two for the same text is refused, different files both pass', () =>
  inTree(texts, async (place) => {
    const other = { ...a, after: 'ONE\ntwo\n' };
    const outcomes = await Promise.allSettled(
      [place.bundle(a), place.bundle(other), place.bundle(b)].map((bundle) => applyBundle(bundle, place)),
    );
    assert.equal(
      outcomes.map(({ status }) => status === 'fulfilled').filter(Boolean).length,
      2,
      JSON.stringify(outcomes),
    );
    assert.ok([a.after, other.after].includes(place.read(a.path)));
    assert.is(place.read(b.path), b.after);
  }));

/** Applies in a child inside bubblewrap, with the crate on the file system that `mounts` makes. */
function appliedWithin(
  place: Place,
  bundle: PatchBundle,
  ...mounts: string[]
): { code: string; message: string; changed: boolean } {
  const file = join(place.root, '..', 'bundle.json');
  writeFileSync(file, JSON.stringify(bundle));
  const child = join(import.meta.dirname, 'apply-child.ts');
  const argv = ['--dev-bind', '/', '/', ...mounts, process.execPath, '--import', import.meta.resolve('tsx'), child];
  const run = spawnSync('bwrap', [...argv, file, place.journalDir], { encoding: 'utf8' });
  assert.is(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

test.needs('bubblewrap', 'refuses a read-only tree with nothing changed', () =>
  inTree(texts, async (place) => {
    mkdirSync(place.journalDir, { recursive: true });
    const { code, message, changed } = appliedWithin(place, place.bundle(a, b), '--ro-bind', place.root, place.root);
    assert.is(code, 'read-only');
    assert.not(changed);
    assert.match(message, 'nothing was changed');
    assert.equal(place.all(), texts);
  }),
);

test.needs('bubblewrap', 'a full disk is named, and nothing is changed', () =>
  inTree(texts, async (place) => {
    mkdirSync(place.journalDir, { recursive: true });
    // The tree is copied to a file system of 256 KiB that has no room for the second file's new content.
    const big = { path: 'big.rs', before: 'x'.repeat(150_000), after: 'y'.repeat(150_000) };
    place.write(big.path, big.before);
    const bundle = { ...place.bundle(a, big), root: join(place.root, '..', 'small') };
    mkdirSync(bundle.root);
    const { code, message, changed } = appliedWithin(place, bundle, '--size', '262144', '--tmpfs', bundle.root);
    assert.is(code, 'disk-full');
    assert.not(changed);
    assert.match(message, 'nothing was changed');
  }),
);
