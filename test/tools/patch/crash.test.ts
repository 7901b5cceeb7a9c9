// A process killed before any one step of applying, and what recovery makes of it: every file new, or every file old.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PatchBundle } from '../../../schemas/types.ts';
import { applyBundle, rollbackBundle } from '../../../tools/patch/apply.ts';
import { recoverJournals } from '../../../tools/patch/journal.ts';
import { assert, test } from '../../support/harness.ts';
import { bundleOf } from './bundles.ts';

const names = ['a.rs', 'b.rs', 'c.rs'];
const before = (name: string): string => `// ${name}\nfn old() {}\n`;
const after = (name: string): string => `// ${name}\nfn new() {}\n`;

interface Crashed {
  readonly root: string;
  readonly journalDir: string;
  readonly bundle: PatchBundle;
  /** What the child printed; null when it was killed. */
  readonly said: { steps: number } | null;
}

/** Applies a bundle of three files in a child that is killed before step `stop`. */
async function crashed(top: string, stop: number): Promise<Crashed> {
  const dir = realpathSync(mkdtempSync(join(top, 'case-')));
  const root = join(dir, 'crate');
  const journalDir = join(dir, 'journal');
  mkdirSync(root);
  mkdirSync(journalDir);
  for (const name of names) writeFileSync(join(root, name), before(name));
  const bundle = bundleOf(
    root,
    names.map((path) => ({ path, before: before(path), after: after(path) })),
  );
  writeFileSync(join(dir, 'bundle.json'), JSON.stringify(bundle));
  const child = join(import.meta.dirname, 'apply-child.ts');
  const argv = ['--import', import.meta.resolve('tsx'), child, join(dir, 'bundle.json'), journalDir, String(stop)];
  const running = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  running.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  const signal = await new Promise((resolve) => running.on('close', (_, by) => resolve(by)));
  if (signal !== null) assert.is(signal, 'SIGKILL');
  return { root, journalDir, bundle, said: signal === null ? JSON.parse(stdout) : null };
}

const held = ({ root }: Crashed): string => {
  const found = readdirSync(root).sort();
  assert.equal(found, names, 'a temporary file was left in the tree');
  const texts = found.map((name) => readFileSync(join(root, name), 'utf8'));
  if (texts.every((text, index) => text === before(names[index] as string))) return 'old';
  if (texts.every((text, index) => text === after(names[index] as string))) return 'new';
  return `mixed: ${texts.join('|')}`;
};

let top = '';
let cases: Crashed[] = [];
test.before(async () => {
  top = mkdtempSync(join(tmpdir(), 'rusta-crash-'));
  const whole = await crashed(top, -1);
  assert.is(held(whole), 'new');
  const steps = (whole.said as { steps: number }).steps;
  // Journal, three files, journal, three renames, journal: each has a kill before it.
  assert.is(steps, 9);
  for (let stop = 0; stop < steps; stop += 2) {
    cases = [...cases, ...(await Promise.all([crashed(top, stop), crashed(top, stop + 1)]))];
  }
  cases = cases.slice(0, steps);
});
test.after(() => rmSync(top, { recursive: true }));

test('a kill before the commit leaves the old files, one after it the new, at every step', async () => {
  const outcomes: string[] = [];
  for (const one of cases) {
    assert.is(one.said, null, 'it was not killed');
    const recovered = await recoverJournals(one.journalDir);
    outcomes.push(`${held(one)} ${recovered.map(({ outcome }) => outcome).join()}`);
    assert.equal(
      readdirSync(one.journalDir).filter((name) => name !== 'lock'),
      [],
    );
  }
  assert.equal(outcomes, ['old ', ...Array(4).fill('old undone'), ...Array(4).fill('new finished')]);
});

test('after it the bundle can be applied and rolled back as if nothing had happened', async () => {
  for (const one of cases) {
    if (held(one) === 'old') await applyBundle(one.bundle, one);
    await rollbackBundle(one.bundle, one);
    assert.is(held(one), 'old');
  }
});

test('a file edited between the crash and the recovery keeps the edit, and the others are put back', async () => {
  // Killed before the last of three renames: two files are new.
  const one = await crashed(top, 7);
  writeFileSync(join(one.root, 'c.rs'), 'typed since');
  const [recovered] = await recoverJournals(one.journalDir);
  assert.is(recovered?.outcome, 'undone');
  assert.equal(
    names.map((name) => readFileSync(join(one.root, name), 'utf8')),
    [before('a.rs'), before('b.rs'), 'typed since'],
  );
  assert.equal(readdirSync(one.root).sort(), names);
});

test('applying recovers first, and takes over the lock of the process that died', async () => {
  const one = await crashed(top, 3);
  await applyBundle(one.bundle, one);
  assert.is(held(one), 'new');
});
