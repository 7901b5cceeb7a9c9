// Acknowledged means flushed, by the system calls: before the line that acknowledges an append is written, its pages have
// been written, flushed by a call that returned, and made current by a write that the kernel flushes by itself (O_DSYNC).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, test } from '../support/harness.ts';

type Call = { readonly kind: 'data' | 'flush' | 'commit' } | { readonly kind: 'ack'; readonly name: string };

/** The calls that matter, in the order in which they ended (an acknowledgement: began). */
function callsOf(trace: string): Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, string>();
  /** Descriptors of the store's file: true for those opened with O_DSYNC. */
  const files = new Map<string, boolean>();
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const ack = /^write\(1, "ack (\w+ \d+)\\n"/.exec(rest);
    if (ack !== null) calls.push({ kind: 'ack', name: ack[1] as string });
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const call = resumed === null ? rest : `${begun.get(thread)}${resumed[1]}`;
    const opened = /^openat\(.*\/store\.mdb", ([A-Z_|]+).*\) += (\d+)$/.exec(call);
    if (opened !== null) files.set(opened[2] as string, (opened[1] as string).includes('O_DSYNC'));
    const written = /^p?writev?(?:64)?\((\d+), .*\) += \d+$/s.exec(call);
    const dsync = written === null ? undefined : files.get(written[1] as string);
    if (dsync !== undefined) calls.push({ kind: dsync ? 'commit' : 'data' });
    const flushed = /^(?:fsync|fdatasync)\((\d+)\) += 0$/.exec(call);
    if (flushed !== null && files.has(flushed[1] as string)) calls.push({ kind: 'flush' });
  }
  return calls;
}

test.needs(
  'strace',
  'an append is flushed to disk before it is acknowledged, and appends of one turn share a flush',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'rusta-trace-'));
    try {
      const out = join(dir, 'trace');
      const traced = 'trace=openat,write,writev,pwrite64,pwritev,fsync,fdatasync,msync';
      const argv = [
        '-f',
        '-qq',
        '-s',
        '40',
        '-e',
        traced,
        '-o',
        out,
        process.execPath,
        '--import',
        import.meta.resolve('tsx'),
      ];
      const child = join(import.meta.dirname, 'durability-child.ts');
      const run = spawnSync('strace', [...argv, child, join(dir, 'store')], { encoding: 'utf8' });
      assert.is(run.status, 0, run.stderr);
      assert.is(run.stdout.split('\n').length, 26);

      const acks: { name: string; commits: number }[] = [];
      let unflushed = false;
      let commits = 0;
      for (const call of callsOf(readFileSync(out, 'utf8'))) {
        if (call.kind === 'data') unflushed = true;
        if (call.kind === 'flush') unflushed = false;
        if (call.kind === 'commit') {
          assert.not(unflushed, 'a commit was made current before its pages were flushed');
          commits += 1;
        }
        if (call.kind === 'ack') {
          assert.not(unflushed, `${call.name} was acknowledged before its pages were flushed`);
          acks.push({ name: call.name, commits });
          commits = 0;
        }
      }
      assert.is(acks.length, 25);
      for (const { name, commits } of acks.slice(0, 6)) {
        assert.ok(commits >= 1, `${name} was acknowledged without a commit of its own`);
      }
      assert.equal(
        acks.slice(5).map(({ commits }) => commits),
        [1, ...Array(19).fill(0)],
        'twenty appends of one turn took more than one flush',
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
);
