// `trainer data snapshot|verify|build`: what is read, where it comes from, and the corpus made of it.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Args, Command, Context } from '../command.ts';
import { Counter } from './counter.ts';

export const data: Command = {
  name: 'data',
  describe: 'collect what is read, check it against its ledger, build the training corpus',
  positionals: [
    {
      name: 'action',
      describe: 'snapshot, verify or build',
      required: true,
      completes: ['snapshot', 'verify', 'build'],
    },
  ],
  flags: [
    {
      name: 'crates',
      kind: 'text',
      value: 'FILE',
      describe: 'snapshot: a Cargo.toml with its lock file (datasets/crates/)',
    },
    { name: 'limit', kind: 'text', value: 'N', describe: 'only the first N crates' },
    { name: 'offline', kind: 'switch', describe: 'snapshot: take what cargo has fetched already' },
    { name: 'folder', kind: 'text', value: 'DIR', describe: "where the snapshot lies (rusta's cache folder)" },
    { name: 'ledger', kind: 'text', value: 'DIR', describe: 'the ledger (datasets/ledger/)' },
    {
      name: 'deny',
      kind: 'list',
      value: 'FILE',
      describe: 'hashes and names that are kept apart, beside the default list',
    },
    { name: 'out', kind: 'text', value: 'DIR', describe: 'build: where the shards are written' },
    { name: 'toolchain', kind: 'text', value: 'NAME', describe: 'snapshot: whose rust-docs are read' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [
    ['data snapshot', 'fetch the pinned crates, read the installed documentation, write the ledger'],
    ['data build --out corpus', 'write deduplicated shards with a manifest'],
  ],

  async run(args, context): Promise<number> {
    const action = args.text('action');
    if (action === 'snapshot') return snapshot(args, context);
    if (action === 'verify') return verify(args, context);
    if (action === 'build') return build(args, context);
    throw usage(`unexpected ${JSON.stringify(action)}`);
  },
};

function usage(message: string): RustaError {
  return new RustaError(message, { code: 'usage', op: 'data', hint: 'trainer data --help', exit: 'usage' });
}

/** The source tree's datasets/: the package that npm installs does not carry it. */
export function datasetsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'datasets/crates/Cargo.toml'))) return join(folder, 'datasets');
    if (folder === dirname(folder)) {
      throw new RustaError('the datasets are not here', {
        code: 'datasets-missing',
        op: 'data',
        hint: 'they come with the source tree: run trainer from there',
        exit: 'usage',
      });
    }
  }
}

async function placesOf(args: Args, cwd: string) {
  const { cacheFolder } = await import('../../tools/sandbox/cache.ts');
  const { readDenyLists } = await import('../../datasets/deny.ts');
  const datasets = datasetsFolder();
  const given = (name: string): string | null => {
    const text = args.text(name);
    return text === null ? null : resolve(cwd, text);
  };
  const limit = args.text('limit');
  if (limit !== null && !/^[1-9]\d{0,5}$/.test(limit))
    throw usage(`--limit should be a whole number from 1, found ${JSON.stringify(limit)}`);
  const folder = given('folder') ?? join(cacheFolder(), 'data');
  const partial = limit !== null || args.text('crates') !== null;
  return {
    folder,
    manifest: given('crates') ?? join(datasets, 'crates/Cargo.toml'),
    // The tree's own ledger is about the whole list.
    ledger: given('ledger') ?? (partial ? join(folder, 'ledger') : join(datasets, 'ledger')),
    limit: limit === null ? Number.POSITIVE_INFINITY : Number(limit),
    deny: readDenyLists([join(datasets, 'deny-sha256.txt'), ...args.list('deny').map((path) => resolve(cwd, path))]),
  };
}

async function snapshot(args: Args, { cwd, terminal, signal }: Context): Promise<number> {
  const { snapshotCrates, snapshotDocs } = await import('../../datasets/snapshot.ts');
  const { readLedger, writeLedger } = await import('../../datasets/ledger.ts');
  const { fetchLocked, readLock } = await import('../../tools/cargo/locked.ts');
  const { findDocs } = await import('../../tools/docs/install.ts');
  const { findToolchain } = await import('../../tools/sandbox/toolchain.ts');
  const { folder, manifest, ledger, limit, deny } = await placesOf(args, cwd);
  const crates = readLock(join(dirname(manifest), 'Cargo.lock')).slice(0, limit);
  const docs = findDocs((await findToolchain(null, args.text('toolchain') ?? undefined)).sysroot);
  const counter = new Counter(terminal);
  await fetchLocked(manifest, { signal, offline: args.on('offline'), onProgress: (line) => counter.say(line.trim()) });
  const former = existsSync(ledger) ? readLedger(ledger) : [];
  const given = {
    folder,
    deny,
    former,
    signal,
    today: new Date().toISOString().slice(0, 10),
    onProgress: (done: number, of: number, what: string) => counter.count(done, of, what),
  };
  const records = [...(await snapshotDocs(docs, given)), ...(await snapshotCrates(crates, given))];
  writeLedger(ledger, records);
  counter.end();
  const kept = records.filter(({ split }) => split !== 'none');
  const reasons = new Map<string, number>();
  for (const { why } of records) {
    const reason = why?.replace(/^licence:.*/, 'licence').replace(/^\S+ is on the list/, 'a file of it is on the list');
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  terminal.out(`${kept.length} sources, ${megabytes(kept.reduce((sum, { bytes }) => sum + bytes, 0))}; left out:\n`);
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    terminal.out(`${String(count).padStart(6)}  ${reason}\n`);
  terminal.out(`ledger: ${ledger}\n`);
  return exitCodes.ok;
}

async function verify(args: Args, { cwd, terminal, signal }: Context): Promise<number> {
  const { readLedger } = await import('../../datasets/ledger.ts');
  const { readSnapshot } = await import('../../datasets/snapshot.ts');
  const { licenceGate } = await import('../../datasets/licence-gate.ts');
  const { folder, ledger } = await placesOf(args, cwd);
  const records = readLedger(ledger);
  const counter = new Counter(terminal);
  const wrong: string[] = [];
  for (const [index, record] of records.entries()) {
    signal.throwIfAborted();
    counter.count(index, records.length, record.name);
    const what = `${record.name} ${record.version}`;
    const gate = licenceGate(record.licence);
    if (record.split !== 'none' && !gate.pass) wrong.push(`${what}: ${gate.why}`);
    if (gate.spdx !== record.spdx) wrong.push(`${what}: licence ${record.licence} is ${gate.spdx}, not ${record.spdx}`);
    try {
      readSnapshot(folder, record);
    } catch (error) {
      if (!(error instanceof RustaError)) throw error;
      wrong.push(error.message.replace(/^data: /, ''));
    }
  }
  counter.end();
  for (const line of wrong.slice(0, 20)) terminal.out(`${line}\n`);
  if (wrong.length > 20) terminal.out(`and ${wrong.length - 20} more\n`);
  terminal.out(
    wrong.length === 0
      ? `${records.length} sources as the ledger says\n`
      : `${wrong.length} disagree with the ledger: trainer data snapshot fetches what is missing\n`,
  );
  return wrong.length === 0 ? exitCodes.ok : exitCodes.notFixed;
}

async function build(args: Args, { cwd, terminal, signal }: Context): Promise<number> {
  const out = args.text('out');
  if (out === null) throw usage('say where: --out DIR');
  const { readLedger } = await import('../../datasets/ledger.ts');
  const { planCorpus, sourcesOf } = await import('../../datasets/corpus.ts');
  const { writeShards } = await import('../../datasets/shards.ts');
  const { sha256 } = await import('../../schemas/hash.ts');
  const { folder, ledger, limit, deny } = await placesOf(args, cwd);
  const records = readLedger(ledger)
    .filter(({ split }) => split !== 'none')
    .slice(0, limit);
  const sources = sourcesOf(records, folder);
  const counter = new Counter(terminal);
  const onProgress = (done: number, of: number, what: string): void => counter.count(done, of, what);
  const plan = await planCorpus(sources, { folder, deny, signal, onProgress });
  const manifest = writeShards(
    resolve(cwd, out),
    plan,
    sources,
    sha256(records.map(({ sha256: sha }) => sha).join('\n')),
    { signal, onProgress },
  );
  counter.end();
  for (const split of ['train', 'val', 'test']) {
    const shards = manifest.shards.filter((one) => one.split === split);
    const sum = (of: 'bytes' | 'documents'): number => shards.reduce((total, one) => total + one[of], 0);
    terminal.out(
      `${split.padEnd(6)}${megabytes(sum('bytes')).padStart(10)}${String(sum('documents')).padStart(8)} documents in ${shards.map(({ file }) => file).join(', ')}\n`,
    );
  }
  const all = [...plan.documents, ...Object.values(plan.dropped)].reduce((sum, { bytes }) => sum + bytes, 0);
  for (const [why, { documents, bytes }] of Object.entries(plan.dropped).sort((a, b) => b[1].bytes - a[1].bytes)) {
    terminal.out(
      `left out ${megabytes(bytes).padStart(10)}${String(documents).padStart(8)} documents ${((100 * bytes) / all).toFixed(1).padStart(5)}%: ${why}\n`,
    );
  }
  return exitCodes.ok;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
