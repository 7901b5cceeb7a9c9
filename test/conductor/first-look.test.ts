// The repair shown before anything is proved: proposers, guard and ranking over a check's errors, nothing run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstRepairs } from '../../conductor/first-look.ts';
import { look } from '../../tools/cargo/look.ts';
import { assert, test } from '../support/harness.ts';

const root = mkdtempSync(join(tmpdir(), 'first-look-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

test('the first repair of an error, as a diff of the user’s file, which stays as it was', async () => {
  mkdirSync(join(root, 'src'));
  const manifest = '[package]\nname = "shown"\nversion = "0.1.0"\nedition = "2021"\n';
  const text = 'pub fn half(number: u32) -> u32 {\n    let halved = number / 2\n    halved\n}\n';
  writeFileSync(join(root, 'Cargo.toml'), manifest);
  writeFileSync(join(root, 'src/lib.rs'), text);
  const { project, result } = await look(root, {
    trust: true,
    remembered: () => true,
    signal: new AbortController().signal,
  });
  const errors = result.diagnostics.filter(({ level }) => level === 'error');
  const [repair] = await firstRepairs({ project, errors, about: errors.slice(0, 1), lessons: [], habits: [] });
  assert.is(repair?.diagnostic, errors[0]?.id);
  assert.match(repair?.diff ?? '', /^--- a\/src\/lib\.rs\n\+\+\+ b\/src\/lib\.rs\n/);
  assert.match(repair?.diff ?? '', /\n\+ {4}let halved = number \/ 2;\n/);
});

test('a name that an import brings goes before one that only looks alike', async () => {
  const folder = join(root, 'named');
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'Cargo.toml'), '[package]\nname = "named"\nversion = "0.1.0"\nedition = "2021"\n');
  const text = '#[derive(Default)]\npub struct Stock {\n    pub items: HashMap<String, u32>,\n}\n';
  writeFileSync(join(folder, 'src/lib.rs'), text);
  const given = { trust: true, remembered: () => true, signal: new AbortController().signal };
  const { project, result } = await look(folder, given);
  const errors = result.diagnostics.filter(({ level }) => level === 'error');
  const [repair] = await firstRepairs({ project, errors, about: errors.slice(0, 1), lessons: [], habits: [] });
  assert.match(repair?.diff ?? '', /\n\+use std::collections::HashMap;\n/);
});

test('no error, no repair', async () => {
  assert.equal(await firstRepairs({ project: {} as never, errors: [], about: [], lessons: [], habits: [] }), []);
});
