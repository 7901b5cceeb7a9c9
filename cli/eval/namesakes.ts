// `npm run eval -- namesakes`: writes what crates of the snapshot say of functions that are named like std's, for the index.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArchive } from '../../datasets/archive.ts';
import { readLedger } from '../../datasets/ledger.ts';
import { machineMade } from '../../datasets/machine-made.ts';
import { Namesakes, saidIn } from '../../datasets/namesakes.ts';
import { readSnapshot } from '../../datasets/snapshot.ts';
import { readLock } from '../../tools/cargo/locked.ts';
import { openDocs } from '../../tools/docs/index/open.ts';
import { cacheFolder } from '../../tools/sandbox/cache.ts';
import { findToolchain } from '../../tools/sandbox/toolchain.ts';
import type { Command } from '../command.ts';
import { Counter } from '../trainer/counter.ts';
import { datasetsFolder } from '../trainer/data.ts';

/** A name that more pages have (`new`, `fmt`) says nothing about either of them. */
const mostPages = 40;

export const namesakes: Command = {
  name: 'namesakes',
  describe: "collect what crates say of functions that are named like std's, and the crates' names, for the index",
  positionals: [],
  flags: [
    {
      name: 'out',
      kind: 'text',
      value: 'FILE',
      describe: 'where it is written; the names of crates in ../crates.json beside it',
    },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { terminal, signal }): Promise<number> {
    const out = args.text('out') ?? fileURLToPath(new URL('../../tools/docs/index/namesakes.json', import.meta.url));
    const { sysroot, rustc, version } = await findToolchain(null);
    const { search } = await openDocs({ cache: cacheFolder(), sysroot, rustc, version, signal });
    const pages = new Map<string, Set<string>>();
    for (let section = 0; section < search.count; section += 1) {
      const { page, titles, item, id } = search.place(section);
      if (!/^(?:std|core|alloc)\//.test(page) || !(item || id === '')) continue;
      const name = titles.at(-1)?.split('::').at(-1) as string;
      pages.set(name, (pages.get(name) ?? new Set()).add(page));
    }
    const counted = new Namesakes(new Set([...pages].filter(([, set]) => set.size <= mostPages).map(([name]) => name)));
    const records = readLedger(join(datasetsFolder(), 'ledger')).filter(
      ({ how, split }) => how === 'cargo fetch' && split === 'train',
    );
    const counter = new Counter(terminal);
    for (const [index, record] of records.entries()) {
      signal.throwIfAborted();
      counter.count(index, records.length, record.name);
      const packed = readSnapshot(join(cacheFolder(), 'data'), record);
      for (const { path, bytes } of readArchive(record.name, packed)) {
        if (!/^src\/.*\.rs$/.test(path)) continue;
        const text = Buffer.from(bytes).toString('utf8');
        if (machineMade(path, text) === null) for (const said of saidIn(text)) counted.add(said);
      }
      await new Promise((turn) => setImmediate(turn));
    }
    counter.end();
    const names = new Set(readLock(join(datasetsFolder(), 'crates/Cargo.lock')).map(({ name }) => name));
    writeFileSync(join(dirname(out), '../crates.json'), `${JSON.stringify([...names].sort(), null, 2)}\n`);
    const table = counted.table();
    writeFileSync(out, `${JSON.stringify(table, null, 2)}\n`);
    terminal.out(`${Object.keys(table).length} names, from ${records.length} crates: ${out}\n`);
    return 0;
  },
};
