// What hostile code tries from inside, and what stops it. Whatever can run away is bounded by itself as well.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { RunResult } from '../../../tools/process.ts';
import { pidsWithEnvironment } from '../../../tools/sandbox/proc.ts';
import type { BenchSpec, ExecOptions, Worker } from '../../../tools/sandbox/types.ts';
import { assert, test } from '../../support/harness.ts';
import { manifest, treeHash, withWorker, workspace } from './workspace.ts';

const crate = { 'Cargo.toml': manifest, 'src/lib.rs': 'pub fn one() -> u8 { 1 }\n' };
const small: Partial<BenchSpec> = { limits: { memory: 300 * 1024 ** 2, processes: 80, disk: 100 * 1024 ** 2 } };
const bounded: ExecOptions = { timeMs: 20_000, maxBytes: 65_536 };

function shell(worker: Worker, script: string, options: ExecOptions = bounded): Promise<RunResult> {
  return worker.exec(['/bin/sh', '-c', script], options);
}

test.needs(
  'bubblewrap',
  "neither /etc/shadow, nor a home folder, nor the host's /tmp is there to be read",
  async () => {
    await withWorker(crate, async (worker, space) => {
      writeFileSync(join(space.base, 'secret'), 'secret');
      const result = await shell(worker, `cat /etc/shadow /etc/passwd ${space.base}/secret; ls -A "$HOME"; ls /etc`);
      assert.is(result.stdout.replace(/alternatives\n|ld\.so\.cache\n/g, ''), '');
      assert.match(result.stderr, /shadow: No such file/);
      assert.match(result.stderr, /secret: No such file/);
    });
  },
);

test.needs('bubblewrap', 'only named variables of the environment come in', async () => {
  process.env.RUSTA_TEST_SECRET = 'secret';
  process.env.RUSTA_TEST_NAMED = 'named value';
  await withWorker(
    crate,
    async (worker) => {
      const { stdout } = await shell(worker, 'env');
      assert.match(stdout, /^RUSTA_TEST_NAMED=named value$/m);
      assert.not.match(stdout, /SECRET/);
    },
    { env: ['RUSTA_TEST_NAMED'] },
  );
});

test.needs('bubblewrap', 'a compile run can write to no source, no system folder and no kernel setting', async () => {
  await withWorker(crate, async (worker, space) => {
    const before = treeHash(space.root);
    const paths = [
      `${space.root}/src/lib.rs`,
      `${space.root}/new`,
      '/usr/x',
      '/x',
      '/etc/x',
      '/dev/x',
      '/proc/sys/kernel/core_pattern',
      '/proc/self/oom_score_adj',
    ];
    // Opened for appending and nothing written: the test must do no harm where the sandbox does not hold.
    const { stdout } = await shell(worker, paths.map((path) => `(: >> ${path}) && echo open: ${path}`).join('; '));
    assert.is(stdout, '');
    assert.is(treeHash(space.root), before);
  });
});

test.needs('bubblewrap', 'a server on the loopback of this machine is out of reach', async () => {
  let reached = 0;
  const server = createServer((socket) => {
    reached++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await withWorker(
    {
      ...crate,
      'src/main.rs': `fn main() { println!("{:?}", std::net::TcpStream::connect(("127.0.0.1", ${port})).is_ok()); }`,
    },
    async (worker) => {
      const result = await worker.exec(['cargo', 'run', '--quiet'], { timeMs: 60_000 });
      assert.is(result.stdout, 'false\n', result.stderr);
    },
  );
  server.close();
  assert.is(reached, 0);
});

test.needs('bubblewrap', 'no capability, no further user namespace, and no set-uid from the host', async () => {
  await withWorker(crate, async (worker) => {
    const { stdout } = await shell(
      worker,
      'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; unshare -U true 2>/dev/null && echo nested',
    );
    assert.match(stdout, /CapEff:\t0+\n/);
    assert.match(stdout, /CapBnd:\t0+\n/);
    assert.match(stdout, /NoNewPrivs:\t1/);
    assert.not.match(stdout, /nested/);
  });
});

test.needs('bubblewrap', 'a daemon dies with the sandbox, however it left its group and its session', async () => {
  await withWorker(crate, async (worker) => {
    const mark = `${process.pid}-${Date.now()}`;
    await shell(worker, '(setsid sh -c "(sleep 20 &) ; sleep 21" >/dev/null 2>&1 &); sleep 0.1', {
      ...bounded,
      env: { RUSTA_TEST_MARK: mark },
    });
    assert.equal(pidsWithEnvironment(`RUSTA_TEST_MARK=${mark}`), []);
  });
});

test.needs('bubblewrap', 'a command that hangs is ended at its time limit', async () => {
  await withWorker(crate, async (worker) => {
    const result = await shell(worker, 'trap "" TERM INT; sleep 60', { timeMs: 200 });
    assert.ok(result.timedOut);
    assert.ok(result.ms < 5000, `${result.ms} ms`);
  });
});

test.needs('bubblewrap', 'a fork bomb is ended', async () => {
  await withWorker(
    crate,
    async (worker) => {
      const result = await shell(worker, 'i=0; while [ $i -lt 1000 ]; do sleep 5 & i=$((i+1)); done; wait');
      assert.is(result.limit, 'processes');
      assert.is((await shell(worker, 'echo next')).stdout, 'next\n');
    },
    small,
  );
});

test.needs('bubblewrap', 'what eats memory is ended', async () => {
  await withWorker(
    crate,
    async (worker) => {
      const result = await shell(worker, 'dd if=/dev/zero of=/dev/null bs=700M count=8');
      assert.is(result.limit, 'memory');
    },
    small,
  );
});

test.needs('bubblewrap', 'what fills the disk is ended, and its files are gone before the next run', async () => {
  await withWorker(
    crate,
    async (worker) => {
      const many =
        'i=0; while [ $i -lt 100 ]; do dd if=/dev/zero of=$CARGO_TARGET_DIR/f$i bs=1M count=5 2>/dev/null; sleep 0.02; i=$((i+1)); done';
      assert.is((await shell(worker, many)).limit, 'disk');
      assert.is((await shell(worker, 'ls $CARGO_TARGET_DIR')).stdout, '');
      assert.is((await shell(worker, 'echo next')).limit, null);
    },
    small,
  );
});

test.needs('bubblewrap', 'one file past the disk limit is ended too, in the private /tmp as anywhere', async () => {
  await withWorker(
    crate,
    async (worker) => {
      assert.is((await shell(worker, 'exec dd if=/dev/zero of=/tmp/f bs=1M count=400')).limit, 'disk');
      const { stdout } = await shell(
        worker,
        'df -k /tmp /dev/shm "$HOME" | tail -n +2 | while read -r _ size _; do [ $size -le 102400 ] || echo $size; done',
      );
      assert.is(stdout, '');
    },
    small,
  );
});

test.needs('bubblewrap', 'what a test writes into its tree is undone, of whatever kind it is', async () => {
  const files = { ...crate, 'src/a.rs': 'a', 'data/x': 'x', 'data/y': 'y', 'keep/z': 'z' };
  await withWorker(files, async (worker, space) => {
    const before = treeHash(space.root);
    await worker.show(new Map([['src/a.rs', Buffer.from('shown')]]));
    const attack = [
      'echo evil > src/lib.rs', // other content
      'echo evil > src/a.rs', // over an overlay
      'touch -d 2001-01-01 Cargo.toml', // an old time
      'rm -r data', // gone
      'echo evil > new.rs', // new
      'mkdir -p .cargo && echo evil > .cargo/config.toml',
      `rm -r keep && ln -s ${space.base} keep`, // a way out for whoever writes keep/z next
      'mkfifo pipe',
      'ln -s /etc/passwd out',
      'mkdir -p hidden/target && echo x > hidden/target/CACHEDIR.TAG',
      'chmod 0 src',
    ];
    const run = await shell(worker, attack.join(' && '), { ...bounded, writableTree: true });
    assert.is(run.code, 0, run.stderr);
    const { stdout } = await shell(
      worker,
      'find . -path ./target -prune -o ! -type d -print | sort; cat src/lib.rs src/a.rs data/x data/y keep/z',
    );
    assert.is(
      stdout,
      './Cargo.lock\n./Cargo.toml\n./data/x\n./data/y\n./keep/z\n./src/a.rs\n./src/lib.rs\npub fn one() -> u8 { 1 }\nshownxyz',
    );
    assert.is(treeHash(space.root), before);
  });
});

test.needs(
  ['bubblewrap', 'cargo'],
  "a hostile build script, wrapper and test: the user's tree stays as it was",
  async () => {
    const space = workspace({
      'Cargo.toml': `${manifest}build = "build.rs"\n`,
      'src/lib.rs':
        '#[test] fn evil() { let _ = std::fs::write("src/lib.rs", "gone"); let _ = std::fs::remove_file("Cargo.toml"); std::process::exit(0); }\n',
      'rust-toolchain.toml': '[toolchain]\nchannel = "stable"\n',
      '.cargo/config.toml': '[build]\nrustc-wrapper = "./wrapper.sh"\n',
      'build.rs': `use std::{fs, process::{Command, Stdio}};
fn main() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut got = vec![];
    for path in ["/etc/shadow", "/etc/passwd"] { if fs::read(path).is_ok() { got.push(path.to_string()); } }
    for path in ["src/lib.rs", "Cargo.toml", "evil"] { if fs::write(format!("{root}/{path}"), "evil").is_ok() { got.push(path.to_string()); } }
    for path in ["../evil", "../wrapped"] { let _ = fs::write(format!("{root}/{path}"), "evil"); } // the sandbox's own /tmp
    if std::net::TcpStream::connect(("127.0.0.1", 22)).is_ok() { got.push("network".into()); }
    let _ = Command::new("setsid").args(["sleep", "30"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    println!("cargo:warning=got {got:?}");
}
`,
    });
    try {
      writeFileSync(join(space.root, 'wrapper.sh'), '#!/bin/sh\necho wrapped > ../wrapped\nexec "$@"\n', {
        mode: 0o755,
      });
      // A target folder of the user's own, hard links being the danger.
      mkdirSync(join(space.root, 'target/debug/deps'), { recursive: true });
      writeFileSync(join(space.root, 'target/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55');
      writeFileSync(join(space.root, 'target/debug/deps/x.d'), 'x');
      const before = treeHash(space.root);
      const bench = await space.open({ seedTarget: join(space.root, 'target') });
      const worker = await bench.worker(0);
      const check = await worker.exec(['cargo', 'check', '--tests'], { timeMs: 120_000 });
      assert.match(check.stderr, /got \[\]/);
      assert.is(check.code, 0, check.stderr);
      const tested = await worker.exec(['cargo', 'test', '--lib'], { timeMs: 120_000, writableTree: true });
      assert.is(tested.code, 0, tested.stderr);
      await worker.exec(['sh', '-c', 'echo evil > target/debug/deps/x.d; chmod 0 target'], bounded);
      assert.is(treeHash(space.root), before);
      for (const name of ['evil', 'wrapped']) assert.not.ok(existsSync(join(space.base, name)), name);
    } finally {
      await space.remove();
    }
  },
);
