// A snapshot on a disk that has no room for all of it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../schemas/hash.ts';
import { assert, test } from '../support/harness.ts';
import { inOwnMounts } from '../support/requirements.ts';

const root = mkdtempSync(join(tmpdir(), 'snapshot-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

test.needs('own mounts', 'a full disk is named; what was kept stays, and nothing half written does', () => {
  const cache = join(root, 'cargo/registry/cache/index');
  mkdirSync(cache, { recursive: true });
  const [small, big] = ['small', 'big'].map((name) => {
    // An archive without a file, and one that does not fit the disk: it is refused before anybody unpacks it.
    const bytes = name === 'small' ? gzipSync(Buffer.alloc(1024)) : Buffer.alloc(300_000, 7);
    writeFileSync(join(cache, `${name}-1.0.0.crate`), bytes);
    return `${name}:${sha256(bytes)}`;
  }) as [string, string];
  const folder = join(root, 'disk');
  mkdirSync(folder);
  const [program, ...argv] = [
    ...inOwnMounts,
    'sh',
    '-c',
    'mount -t tmpfs -o size=64k none "$0" && exec "$@"',
    folder,
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    join(import.meta.dirname, 'snapshot-child.ts'),
    folder,
    small,
    big,
  ];
  const env = { ...process.env, CARGO_HOME: join(root, 'cargo') };
  const { status, stdout, stderr } = spawnSync(program as string, argv, { encoding: 'utf8', env });
  assert.is(status, 0, stderr);
  assert.is(stdout, `disk-full data snapshot: the disk is full at ${folder}\n${small.split(':')[1]}.crate\n`);
});
