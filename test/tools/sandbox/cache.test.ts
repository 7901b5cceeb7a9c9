// Slots: one holder each, swept when the holder died, evicted when idle and old.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../tools/process.ts';
import {
  cacheFolder,
  claimSlot,
  evict,
  removeTree,
  slotsFolder,
  sweepSandboxes,
} from '../../../tools/sandbox/cache.ts';
import { assert, test } from '../../support/harness.ts';

let base: string;
test.before.each(() => {
  base = mkdtempSync(join(tmpdir(), 'rusta-cache-'));
  process.env.XDG_CACHE_HOME = base;
});
test.after.each(() => removeTree(base));

test('the cache folder is private', () => {
  assert.is(statSync(cacheFolder()).mode & 0o777, 0o700);
  assert.is(cacheFolder(), join(base, 'rusta'));
});

test('a held slot is not given twice; one that was given back is used again', () => {
  const first = claimSlot('a');
  const second = claimSlot('a');
  assert.is.not(first.path, second.path);
  assert.equal([first.used, second.used], [false, false]);
  first.release(10);
  const third = claimSlot('a');
  assert.equal([third.path, third.used], [first.path, true]);
});

test('a discarded slot is gone', () => {
  const slot = claimSlot('a');
  slot.discard();
  assert.equal(readdirSync(slotsFolder()), []);
});

/** A slot claimed by a process that was then killed. */
async function slotOfTheDead(): Promise<string> {
  const module = join(import.meta.dirname, '../../../tools/sandbox/cache.ts');
  const script = `import(${JSON.stringify(module)}).then(({ claimSlot }) => process.stdout.write(claimSlot('a').path, () => process.kill(process.pid, 'SIGKILL')))`;
  const { stdout, signal, stderr } = await run(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '-e', script],
    { timeMs: 30_000 },
  );
  assert.is(signal, 'SIGKILL', stderr);
  return stdout;
}

test('what a killed run left is swept, what a live run holds is not', async () => {
  const live = claimSlot('b');
  const dead = await slotOfTheDead();
  assert.ok(existsSync(dead));
  assert.equal(sweepSandboxes(), [dead]);
  assert.not.ok(existsSync(dead));
  assert.ok(existsSync(live.path));
});

test('a pid that was given to another process since does not keep a slot', () => {
  const path = join(slotsFolder(), 'x-0');
  mkdirSync(path);
  const held = readdirSync(claimSlot('c').path).find((name) => name.startsWith('held-')) as string;
  const [word, pid, start, space] = held.split('-');
  writeFileSync(join(path, [word, pid, `${start}9`, space].join('-')), '');
  // Without /proc a start time is not known, and the slot of a live pid stays.
  assert.equal(sweepSandboxes(), existsSync('/proc/self/stat') ? [path] : []);
});

test('a holder in another container cannot be judged, and keeps its slot', () => {
  const path = join(slotsFolder(), 'x-0');
  mkdirSync(path);
  writeFileSync(join(path, 'held-1-1-123'), '');
  assert.equal(sweepSandboxes(), []);
});

test('a half removed slot is finished at the next sweep', () => {
  mkdirSync(join(slotsFolder(), 'trash-1-2-3'));
  sweepSandboxes();
  assert.equal(readdirSync(slotsFolder()), []);
});

test('past the bound the longest unused slots go, and never one in use', () => {
  const paths = ['a', 'b', 'c', 'd'].map((key, age) => {
    const slot = claimSlot(key);
    slot.release(100);
    const time = new Date(Date.now() - (10 - age) * 60_000);
    utimesSync(join(slot.path, 'idle'), time, time);
    return slot.path;
  });
  const inUse = claimSlot('a');
  assert.is(inUse.path, paths[0]);
  assert.equal(evict(200), [paths[1], paths[2]]);
  assert.equal(readdirSync(slotsFolder()).length, 2);
  assert.equal(evict(200), []);
});

test('a tree of folders without permissions is removed all the same', () => {
  const deep = join(base, 'a/b/c');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'x'), '');
  for (const folder of ['a/b/c', 'a/b', 'a']) chmodSync(join(base, folder), 0);
  removeTree(join(base, 'a'));
  assert.not.ok(existsSync(join(base, 'a')));
});
