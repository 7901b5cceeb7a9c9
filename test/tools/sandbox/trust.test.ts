import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { chooseIsolation, crateHash, isolationFrom, isShippedExample } from '../../../tools/sandbox/trust.ts';
import { assert, test } from '../../support/harness.ts';

let base: string;
test.before.each(() => {
  base = mkdtempSync(join(tmpdir(), 'rusta-trust-'));
  mkdirSync(join(base, 'crate/src'), { recursive: true });
  writeFileSync(join(base, 'crate/Cargo.toml'), '[package]\nname = "x"\n');
  writeFileSync(join(base, 'crate/src/lib.rs'), 'fn x() {}\n');
});
test.after.each(() => rmSync(base, { recursive: true, force: true }));

const none = { works: false, why: 'bubblewrap (bwrap) is not installed' } as const;
const some = {
  works: true,
  path: '/usr/bin/bwrap',
  features: { version: '0.8.0', size: true, sealUsers: true },
} as const;
const ask = (probe: typeof none | typeof some, more: { trust?: boolean; remembered?: boolean } = {}) =>
  isolationFrom(probe, { root: join(base, 'crate'), trust: false, remembered: false, ...more });

test('isolation comes first, even for trusted code', async () => {
  for (const more of [{}, { trust: true }, { remembered: true }]) assert.is((await ask(some, more)).kind, 'bubblewrap');
});

test('without it, only the word of the user counts', async () => {
  assert.equal(await ask(none, { trust: true }), { kind: 'trust', why: 'flag' });
  assert.equal(await ask(none, { remembered: true }), { kind: 'trust', why: 'remembered' });
});

test('else the run is refused, and the ways out are named', async () => {
  try {
    await ask(none);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, RustaError);
    const { exit, message, hint } = error as RustaError;
    assert.is(exit, 'refused');
    assert.match(message, /bubblewrap \(bwrap\) is not installed/);
    assert.match(hint ?? '', /--trust/);
  }
});

test('an example that ships is known by its content, wherever it stands, and no longer once changed', () => {
  const root = join(base, 'crate');
  const manifest = join(base, 'trusted.json');
  writeFileSync(manifest, JSON.stringify({ example: crateHash(root) }));
  assert.ok(isShippedExample(root, [manifest]));
  cpSync(root, join(base, 'elsewhere'), { recursive: true });
  assert.ok(isShippedExample(join(base, 'elsewhere'), [manifest]));
  writeFileSync(join(base, 'elsewhere/src/lib.rs'), 'fn y() {}\n');
  assert.not.ok(isShippedExample(join(base, 'elsewhere'), [manifest]));
  assert.not.ok(isShippedExample(root, [join(base, 'no-such-manifest')]));
});

test('a file more, a renamed one, a mode and a link all change the hash; a target folder and git do not', () => {
  const root = join(base, 'crate');
  const seen = new Set([crateHash(root)]);
  const differs = (change: () => void): void => {
    change();
    const hash = crateHash(root);
    assert.not.ok(seen.has(hash));
    seen.add(hash);
  };
  differs(() => writeFileSync(join(root, 'build.rs'), ''));
  differs(() => chmodSync(join(root, 'build.rs'), 0o755));
  differs(() => symlinkSync('src/lib.rs', join(root, 'link')));
  mkdirSync(join(root, 'target'));
  writeFileSync(join(root, 'target/CACHEDIR.TAG'), '');
  mkdirSync(join(root, '.git'));
  writeFileSync(join(root, '.git/HEAD'), '');
  assert.ok(seen.has(crateHash(root)));
});

test.needs('bubblewrap', 'on a machine with bubblewrap that is what is chosen', async () => {
  const isolation = await chooseIsolation({ root: join(base, 'crate'), trust: false, remembered: false });
  assert.is(isolation.kind, 'bubblewrap');
});
