// `npm run eval -- golden`: repairs again what recorded episodes started from, and holds each to its recorded end: the same
// status, and as many changed lines, give or take two. `golden add EPISODE` records one, out of the log.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../memory/store.ts';
import { countLines } from '../../tools/patch/diff.ts';
import { type Golden, goldenOf, strays } from '../../trainer/eval/golden.ts';
import { readCases, readTree, type Texts } from '../../trainer/eval/layout.ts';
import { writeCase } from '../../trainer/eval/sets/write.ts';
import { columns } from '../../trainer/eval/table.ts';
import type { Command, Context } from '../command.ts';
import { findEpisode } from '../lookup.ts';
import { contenderOf, programFlags } from './contender.ts';
import { usage } from './flags.ts';

const folder = fileURLToPath(new URL('../../datasets/golden', import.meta.url));

export const golden: Command = {
  name: 'golden',
  describe: 'repair again what recorded episodes started from; `golden add EPISODE NAME` records one',
  positionals: [
    { name: 'action', describe: 'the word add', completes: ['add'] },
    { name: 'episode', describe: 'after add: the episode, by its id or the start of it', completes: 'id' },
    { name: 'name', describe: 'after add: what to call it', completes: [] },
  ],
  flags: [...programFlags, { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' }],

  async run(args, context): Promise<number> {
    const action = args.text('action');
    const episode = args.text('episode');
    if (action !== null && action !== 'add') throw usage('golden', `unexpected ${JSON.stringify(action)}`);
    if (action === 'add' && episode === null) throw usage('golden', 'which episode?');
    if (episode !== null) return add(episode, args.text('name'), context);
    const { terminal, signal } = context;
    const { cases, misfits } = await readCases(folder);
    const contender = await contenderOf('rusta', args, context);
    const rows: string[][] = misfits.map(({ name, why }) => [name, why]);
    let failed = misfits.length;
    for (const { name, kind, broken, meta } of cases) {
      const attempt = await contender.attempt({ kind, broken, edition: null }, signal);
      if (signal.aborted) return 130;
      const why = strays(meta as unknown as Golden, attempt, changedLines(broken, attempt.offered ?? attempt.state));
      if (why !== null) failed += 1;
      rows.push([name, why ?? 'as recorded', `${attempt.seconds.toFixed(1)} s`]);
    }
    terminal.out(
      `${columns(rows)}\n${cases.length + misfits.length - failed} of ${cases.length + misfits.length} as recorded\n`,
    );
    return failed === 0 ? 0 : 1;
  },
};

async function add(episode: string, name: string | null, { terminal }: Context): Promise<number> {
  const store = await openStore();
  try {
    const { id, root } = findEpisode(store, episode);
    const beside: Texts = existsSync(`${root}/Cargo.toml`) ? await readTree(root) : new Map();
    const made = goldenOf(store.devlog(root).read(id), (hash) => store.getBlob(hash), beside);
    const called = name ?? id;
    if (!/^[\w-]+$/.test(called))
      throw usage('golden', `${JSON.stringify(called)} is not a name of letters, digits, - and _`);
    await writeCase(folder, {
      name: called,
      kind: made.kind,
      broken: made.texts,
      fixed: null,
      hidden: null,
      meta: { ...made.golden },
    });
    terminal.out(`datasets/golden/${called}: ${made.golden.status}, ${made.golden.lines} lines\n`);
    return 0;
  } finally {
    await store.close();
  }
}

function changedLines(before: Texts, after: Texts): number {
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array()).toString('utf8');
  const changes = [...before].map(([path, bytes]) => ({ path, before: text(bytes), after: text(after.get(path)) }));
  const { added, removed } = countLines(changes);
  return added + removed;
}
