// Mirrors as cargo sees them: fresh where content changed, seeded, restored, kept, and several at once.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { seedTargetOf } from '../../../tools/sandbox/seed.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import type { Bench, BenchSpec, Overlay, Worker } from '../../../tools/sandbox/types.ts';
import { assert, test } from '../../support/harness.ts';
import { unprivileged } from '../../support/unprivileged.ts';
import { manifest, treeHash, withWorker, workspace } from './workspace.ts';

const good = 'pub fn one() -> u8 { 1 }\n';
const broken = 'pub fn one() -> u8 { "1" }\n';
const crate = { 'Cargo.toml': manifest, 'src/lib.rs': good };
const trust: Partial<BenchSpec> = { isolation: { kind: 'trust', why: 'flag' } };
const overlay = (text: string, path = 'src/lib.rs'): Overlay => new Map([[path, Buffer.from(text)]]);

async function check(worker: Worker): Promise<{ code: number | null; log: string }> {
  const { code, stderr } = await worker.exec(['cargo', 'check', '-v'], { timeMs: 120_000 });
  return { code, log: stderr };
}

/** The user's own cargo, in the user's own tree: these crates are the test's. */
async function userCheck(root: string): Promise<void> {
  const { cargo, sysroot } = await findToolchain(null);
  const env = { ...process.env, PATH: `${join(sysroot, 'bin')}:${process.env.PATH}`, CARGO_TARGET_DIR: undefined };
  const result = spawnSync(cargo, ['check', '--offline'], { cwd: root, encoding: 'utf8', env });
  assert.is(result.status, 0, result.stderr);
}

for (const [kind, spec, needs] of [
  ['bubblewrap', {}, ['bubblewrap', 'cargo']],
  ['trust', trust, ['cargo']],
] as const) {
  test.needs(needs, `${kind}: cargo sees each change and each restoration, in the fastest succession`, async () => {
    await withWorker(
      crate,
      async (worker) => {
        for (let round = 0; round < 4; round++) {
          await worker.show(overlay(broken));
          assert.is((await check(worker)).code, 101, `broken, round ${round}`);
          await worker.show(new Map());
          assert.is((await check(worker)).code, 0, `restored, round ${round}`);
        }
      },
      spec,
    );
  });

  test.needs(needs, `${kind}: nothing is built again when nothing changed, in the next run neither`, async () => {
    const space = workspace(crate);
    try {
      for (const expected of [/Checking demo/, /Fresh demo/]) {
        const bench = await space.open(spec);
        const worker = await bench.worker(0);
        assert.match((await check(worker)).log, expected);
        assert.match((await check(worker)).log, /Fresh demo/);
        await bench.close();
      }
    } finally {
      await space.remove();
    }
  });

  test.needs(needs, `${kind}: a relative path dependency beside the workspace is found`, async () => {
    const space = workspace({
      'Cargo.toml': `${manifest}[dependencies]\ndep = { path = "../dep" }\n`,
      'src/lib.rs': 'pub use dep::two;\n',
      '../dep/Cargo.toml': manifest.replace('demo', 'dep'),
      '../dep/src/lib.rs': 'pub fn two() {}\n',
    });
    try {
      const worker = await (await space.open({ ...spec, pathDependencies: [join(space.base, 'dep')] })).worker(0);
      const { code, log } = await check(worker);
      assert.is(code, 0, log);
    } finally {
      await space.remove();
    }
  });

  test.needs(needs, `${kind}: a path with spaces, quotes and Unicode`, async () => {
    await withWorker(crate, async (worker) => assert.is((await check(worker)).code, 0), spec, "a crate's “ünï” $HOME");
  });
}

test.needs(['bubblewrap', 'cargo'], 'messages and paths inside are those of the real place', async () => {
  await withWorker(crate, async (worker, space) => {
    assert.is(worker.root, space.root);
    assert.is((await worker.exec(['pwd'], {})).stdout.trim(), space.root);
    assert.is((await worker.exec(['pwd'], { cwd: 'src' })).stdout.trim(), join(space.root, 'src'));
  });
});

test.needs(
  ['bubblewrap', 'cargo'],
  "dependencies in the user's target folder are not built again, the crate itself is",
  async () => {
    const space = workspace({
      'Cargo.toml': `${manifest}[dependencies]\ndep = { path = "../dep" }\n`,
      'src/lib.rs': 'pub use dep::two;\n',
      '../dep/Cargo.toml': manifest.replace('demo', 'dep'),
      '../dep/src/lib.rs': 'pub fn two() {}\n',
    });
    try {
      await userCheck(space.root);
      const hashes = (): string[] => [treeHash(space.root), treeHash(join(space.base, 'dep'))];
      const before = hashes();
      const bench = await space.open({
        pathDependencies: [join(space.base, 'dep')],
        seedTarget: seedTargetOf(space.root),
      });
      for (const index of [0, 1]) {
        const { code, log } = await check(await bench.worker(index));
        assert.is(code, 0, log);
        assert.match(log, /Fresh dep/, `worker ${index}`);
        assert.match(log, /Checking demo/, `worker ${index}`);
      }
      assert.equal(hashes(), before);
    } finally {
      await space.remove();
    }
  },
);

test.needs(
  ['bubblewrap', 'cargo'],
  "the user's edits between two runs are seen, with whatever times they carry",
  async () => {
    const space = workspace(crate);
    try {
      const run = async (): Promise<number | null> => {
        const bench = await space.open();
        const { code } = await check(await bench.worker(0));
        await bench.close();
        return code;
      };
      assert.is(await run(), 0);
      const lib = join(space.root, 'src/lib.rs');
      writeFileSync(lib, broken);
      utimesSync(lib, 1, 1); // as old as a file can be: cargo alone would call it fresh
      assert.is(await run(), 101);
      writeFileSync(lib, good);
      assert.is(await run(), 0);
      rmSync(lib);
      assert.is(await run(), 101);
    } finally {
      await space.remove();
    }
  },
);

test.needs(
  ['bubblewrap', 'cargo'],
  'a missing Cargo.lock is made in the mirror, once, and never in the tree',
  async () => {
    await withWorker(crate, async (worker, space) => {
      assert.is((await worker.exec(['cargo', 'check', '--locked'], { timeMs: 60_000 })).code, 0);
      assert.throws(() => lstatSync(join(space.root, 'Cargo.lock')), /ENOENT/);
    });
  },
);

test.needs(['bubblewrap', 'cargo'], 'a Cargo.lock that is given is the one that cargo sees', async () => {
  const lock = '[[package]]\nname = "demo"\nversion = "0.1.0"\n';
  await withWorker(
    crate,
    async (worker) => {
      assert.is((await worker.exec(['cat', 'Cargo.lock'], {})).stdout, lock);
      assert.is((await worker.exec(['cargo', 'check', '--locked'], { timeMs: 60_000 })).code, 0);
    },
    { lock },
  );
});

test.needs(
  ['bubblewrap', 'cargo'],
  'a Cargo.lock that is not current is made anew by the first run, unseen',
  async () => {
    const stale = '[[package]]\nname = "other"\nversion = "0.1.0"\n';
    await withWorker({ ...crate, 'Cargo.lock': stale }, async (worker, space) => {
      const said: string[] = [];
      const onStderrLine = (line: string): void => void said.push(line);
      const check = ['cargo', 'check', '--offline', '--locked'];
      assert.is((await worker.exec(check, { timeMs: 60_000, onStderrLine })).code, 0);
      assert.equal(
        said.filter((line) => /error|lock/.test(line)),
        [],
      );
      assert.match((await worker.exec(['cat', 'Cargo.lock'], {})).stdout, 'name = "demo"');
      assert.is(readFileSync(join(space.root, 'Cargo.lock'), 'utf8'), stale);
    });
  },
);

test.needs(['bubblewrap', 'cargo'], 'what a first run says of anything else is passed on whole', async () => {
  await withWorker({ ...crate, 'src/lib.rs': 'fn f() { g() }' }, async (worker) => {
    const said: string[] = [];
    const onStderrLine = (line: string): void => void said.push(line);
    assert.is((await worker.exec(['cargo', 'check', '--offline'], { timeMs: 60_000, onStderrLine })).code, 101);
    assert.match(said.join('\n'), /^error\[E0425\][\s\S]*could not compile/m);
  });
});

test.needs('bubblewrap', 'an overlay may add files in new folders, and they are gone with it', async () => {
  await withWorker(crate, async (worker) => {
    await worker.show(overlay('x', 'a/b/c.rs'));
    assert.is((await worker.exec(['cat', 'a/b/c.rs'], {})).stdout, 'x');
    await worker.show(new Map());
    assert.is((await worker.exec(['ls'], {})).stdout, 'Cargo.lock\nCargo.toml\nsrc\ntarget\n');
  });
});

test.needs('bubblewrap', 'an overlay cannot reach out of the tree', async () => {
  await withWorker(crate, async (worker, space) => {
    for (const path of ['../out', '/tmp/out', '']) {
      try {
        await worker.show(overlay('x', path));
        assert.unreachable(path);
      } catch (error) {
        assert.instance(error, RustaError, path);
      }
    }
    assert.not.ok(lstatSync(join(space.base, 'out'), { throwIfNoEntry: false }));
  });
});

test.needs('bubblewrap', 'links inside the tree are kept; those out of it and pipes are named', async () => {
  const space = workspace(crate);
  try {
    symlinkSync('src/lib.rs', join(space.root, 'inside'));
    symlinkSync(join(space.root, 'src/lib.rs'), join(space.root, 'absolute'));
    symlinkSync('../secret', join(space.root, 'outside'));
    symlinkSync('/etc/passwd', join(space.root, 'passwd'));
    spawnSync('mkfifo', [join(space.root, 'pipe')]);
    writeFileSync(Buffer.concat([Buffer.from(`${space.root}/name-`), Buffer.from([0xff, 0xfe])]), 'not UTF-8');
    const bench = await space.open();
    const worker = await bench.worker(0);
    const { stdout } = await worker.exec(
      ['sh', '-c', 'cat inside absolute name-*; ls outside passwd pipe 2>/dev/null'],
      {},
    );
    assert.is(stdout, `${good}${good}not UTF-8`);
    const named = bench.leftOut.map(({ path, why }) => `${path}: ${why}`).sort();
    assert.equal(named, ['outside: link-out-of-tree', 'passwd: link-out-of-tree', 'pipe: special-file']);
  } finally {
    await space.remove();
  }
});

test.needs('closed files', 'files and folders that may not be read are named, and left out', async () => {
  const space = workspace({ ...crate, 'src/closed.rs': 'x', 'locked/file': 'x' });
  try {
    chmodSync(join(space.root, 'src/closed.rs'), 0);
    chmodSync(join(space.root, 'locked'), 0);
    const call = `((leftOut) => [[...it.list(${JSON.stringify(space.root)}, { leftOut }).keys()], leftOut])([])`;
    const [seen, leftOut] = unprivileged(new URL('../../../tools/sandbox/mirror.ts', import.meta.url).href, call) as [
      string[],
      unknown,
    ];
    const unread = ['locked', 'src/closed.rs'];
    assert.equal(
      leftOut,
      unread.map((path) => ({ path, why: 'unreadable' })),
    );
    assert.ok(seen.includes('src/lib.rs') && !seen.includes('locked') && !seen.includes('locked/file'), seen.join());
  } finally {
    chmodSync(join(space.root, 'locked'), 0o700);
    await space.remove();
  }
});

test.needs('bubblewrap', 'a tree that cannot be written is mirrored like any other', async () => {
  const space = workspace(crate);
  try {
    chmodSync(join(space.root, 'src/lib.rs'), 0o444);
    chmodSync(join(space.root, 'src'), 0o555);
    const worker = await (await space.open()).worker(0);
    await worker.show(overlay('shown'));
    assert.is((await worker.exec(['cat', 'src/lib.rs'], {})).stdout, 'shown');
    await worker.show(new Map());
    assert.is((await worker.exec(['cat', 'src/lib.rs'], {})).stdout, good);
  } finally {
    await space.remove();
  }
});

test.needs(['bubblewrap', 'cargo'], 'two benches at once on one crate do not meet', async () => {
  const space = workspace(crate);
  try {
    const benches: Bench[] = await Promise.all([space.open(), space.open()]);
    const workers = await Promise.all(benches.map((bench) => bench.worker(0)));
    await workers[0]?.show(overlay(broken));
    const codes = await Promise.all(workers.map(async (worker) => (await check(worker)).code));
    assert.equal(codes, [101, 0]);
  } finally {
    await space.remove();
  }
});

test.needs('bubblewrap', 'one worker runs one command at a time, in the order asked', async () => {
  await withWorker(crate, async (worker) => {
    const slow = worker.exec(['sh', '-c', 'sleep 0.2; cat src/lib.rs'], {});
    const shown = worker.show(overlay('later'));
    assert.is((await slow).stdout, good);
    await shown;
    assert.is((await worker.exec(['cat', 'src/lib.rs'], {})).stdout, 'later');
  });
});

test.needs('bubblewrap', 'closing ends what runs', async () => {
  const space = workspace(crate);
  try {
    const bench = await space.open();
    const run = (await bench.worker(0)).exec(['sleep', '30'], {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await bench.close();
    assert.ok((await run).cancelled);
  } finally {
    await space.remove();
  }
});

test('a path dependency that is no crate, or that holds a home, is refused; one around the workspace where nothing isolates', async () => {
  const space = workspace(crate);
  const secret = mkdtempSync(join(tmpdir(), 'rusta-secret-'));
  try {
    mkdirSync(join(space.base, 'upper'), { recursive: true });
    writeFileSync(join(space.base, 'Cargo.toml'), manifest);
    const refused: [string, Partial<BenchSpec>][] = [secret, '/', '/etc', process.env.HOME ?? '/root'].map((path) => [
      path,
      {},
    ]);
    for (const [path, spec] of [...refused, [space.base, trust] as const]) {
      try {
        await space.open({ ...spec, pathDependencies: [path] });
        assert.unreachable(path);
      } catch (error) {
        assert.is((error as RustaError).exit, 'refused', path);
      }
    }
  } finally {
    rmSync(secret, { recursive: true });
    await space.remove();
  }
});

test.needs('bubblewrap', 'the mirror shares no inode with the tree', async () => {
  await withWorker(crate, async (worker, space) => {
    const { stdout } = await worker.exec(['stat', '-c', '%i %h', 'src/lib.rs'], {});
    const [inode, links] = stdout.trim().split(' ').map(Number);
    assert.is(links, 1);
    assert.is.not(inode, statSync(join(space.root, 'src/lib.rs')).ino);
  });
});

test.needs('bubblewrap', 'a cache folder that is removed during a run costs the run, not the program', async () => {
  const space = workspace(crate);
  try {
    const bench = await space.open();
    await bench.worker(0);
    rmSync(join(space.base, 'cache'), { recursive: true });
    await bench.close();
  } finally {
    await space.remove();
  }
});

test.needs(['cargo', 'bubblewrap'], 'a target folder of our own is built without debug information', async () => {
  await withWorker(crate, async (worker) => {
    const { stderr: log } = await worker.exec(['cargo', 'build', '-vv'], { timeMs: 120_000 });
    assert.match(log, 'rustc --crate-name');
    assert.not.match(log, 'debuginfo=2');
    assert.not.match(log, 'incremental=');
  });
});
