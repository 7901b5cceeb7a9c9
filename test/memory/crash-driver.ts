// Kills a writing child at random points, again and again, and checks after each kill that nothing acknowledged is lost and
// nothing half-written can be read. By hand: `npx tsx test/memory/crash-driver.ts 10000`.
//
// What it cannot show: SIGKILL leaves the kernel's page cache alive, so that data never flushed survives it too. That an
// acknowledgement waits for the disk is shown by the system calls alone (durability.test.ts).
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../memory/store.ts';
import { crashRoot, message } from './crash-shape.ts';

export interface CrashReport {
  kills: number;
  databases: number;
  acknowledged: number;
  /** Appends found whole whose acknowledgement was cut off by the kill: allowed, and proof that kills fell inside. */
  unacknowledged: number;
  /** Kills before the child's first acknowledgement. */
  early: number;
  readonly faults: string[];
}

/** Kills of one database before a new one is begun. */
const killsPerDatabase = 12;
/** Longest time from a child's first acknowledgement to its kill, ms: some tens of appends. */
const longest = 40;
/** One kill in this many falls on a child that starts, ms from its spawn. */
const earlyOneIn = 6;
const longestStart = 300;

export async function crash(kills: number, lanes: number = 2): Promise<CrashReport> {
  const report: CrashReport = { kills: 0, databases: 0, acknowledged: 0, unacknowledged: 0, early: 0, faults: [] };
  const top = mkdtempSync(join(tmpdir(), 'rusta-kill-'));
  const compiled = compile();
  try {
    let left = kills;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        const turns = Math.min(left, killsPerDatabase);
        left -= turns;
        report.databases += 1;
        const dir = mkdtempSync(join(top, 'store-'));
        for (let turn = 0; turn < turns; turn += 1) await killOnce(compiled.child, dir, turn, report);
        await checkWhole(dir, report);
        rmSync(dir, { recursive: true });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    rmSync(top, { recursive: true });
    compiled.remove();
  }
  return report;
}

/** The child as JavaScript that plain Node starts: compiling it at each of some hundred starts would take most of the time. */
function compile(): { child: string; remove(): void } {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // Below node_modules, so that its packages are found and nothing else sees it.
  const out = mkdtempSync(join(root, 'node_modules', '.rusta-crash-'));
  const flags =
    '--ignoreConfig --rootDir . --target es2023 --module nodenext --types node --skipLibCheck --rewriteRelativeImportExtensions';
  const argv = [
    join(root, 'node_modules/typescript/bin/tsc'),
    '--outDir',
    out,
    ...flags.split(' '),
    'test/memory/crash-child.ts',
  ];
  const made = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`tsc: ${made.stdout}${made.stderr}`);
  for (const name of readdirSync(join(root, 'schemas/generated')).filter((name) => name.endsWith('.cjs'))) {
    cpSync(join(root, 'schemas/generated', name), join(out, 'schemas/generated', name));
  }
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  return { child: join(out, 'test/memory/crash-child.js'), remove: () => rmSync(out, { recursive: true }) };
}

async function killOnce(child: string, dir: string, turn: number, report: CrashReport): Promise<void> {
  const episode = `episode-${turn}`;
  const running = spawn(process.execPath, [child, dir, episode], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const begun = new Promise<void>((resolve) => {
    running.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
      resolve();
    });
  });
  running.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  const closed = new Promise<string | null>((resolve) => running.on('close', (_, signal) => resolve(signal)));
  const early = Math.random() < 1 / earlyOneIn;
  if (early) await sleep(Math.random() * longestStart);
  else await Promise.race([begun.then(() => sleep(Math.random() * longest)), closed]);
  running.kill('SIGKILL');
  const signal = await closed;
  if (signal !== 'SIGKILL') report.faults.push(`the child ended by itself: ${stderr}`);
  report.kills += 1;
  if (stdout === '') report.early += 1;
  await checkEpisodes(dir, episode, stdout, report);
}

/** Every line is an acknowledgement; a last one without its end was never given. */
async function checkEpisodes(dir: string, episode: string, stdout: string, report: CrashReport): Promise<void> {
  const store = await openStore({ dir });
  try {
    for (const name of ['a', 'b']) {
      const lines = stdout.split('\n').slice(0, -1);
      const acknowledged = lines.filter((line) => line.startsWith(`${name} `)).length;
      const entries = store.devlog(crashRoot).read(`${episode}-${name}`);
      const appends = entries.length / 3;
      if (!Number.isInteger(appends))
        report.faults.push(`${episode}-${name}: ${entries.length} entries, half an append`);
      if (appends < acknowledged)
        report.faults.push(`${episode}-${name}: ${acknowledged} acknowledged, ${appends} there`);
      for (const [index, { event }] of entries.entries()) {
        const expected = message(Math.floor(index / 3), index % 3);
        if (event.type !== 'notice' || event.message !== expected)
          report.faults.push(`${episode}-${name}: entry ${index} is another`);
      }
      report.acknowledged += acknowledged;
      report.unacknowledged += appends - acknowledged;
    }
  } catch (error) {
    report.faults.push(String(error));
  } finally {
    await store.close();
  }
}

/** Numbers are dense over all episodes of the workspace, each given once. */
async function checkWhole(dir: string, report: CrashReport): Promise<void> {
  const store = await openStore({ dir });
  const log = store.devlog(crashRoot);
  const numbers = log.episodes().flatMap(({ id }) => log.read(id).map(({ seq }) => seq));
  numbers.sort((a, b) => a - b);
  const gap = numbers.findIndex((seq, index) => seq !== index + 1);
  if (gap >= 0) report.faults.push(`number ${gap + 1} is missing or given twice`);
  await store.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const begin = performance.now();
  const report = await crash(Number(process.argv[2] ?? 200));
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n${((performance.now() - begin) / 1000).toFixed(1)} s\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}
