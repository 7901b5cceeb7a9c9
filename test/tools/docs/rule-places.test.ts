// Every place that the table of rules names is there in the installed documentation.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulePlaces } from '../../../tools/docs/rule-places.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { assert, test } from '../../support/harness.ts';

test('pages and sections of the table exist', async () => {
  const { sysroot } = await findToolchain(null);
  const html = join(sysroot, 'share/doc/rust/html');
  if (!existsSync(join(html, 'std/index.html')))
    throw new Error('rust-docs is not installed: rustup component add rust-docs');
  const missing = [...new Set(Object.values(rulePlaces).flat())].filter((place) => {
    const [page, id] = place.split('#') as [string, string?];
    const path = join(html, page);
    return !existsSync(path) || (id !== undefined && !readFileSync(path, 'utf8').includes(`id="${id}"`));
  });
  assert.equal(missing, []);
});
