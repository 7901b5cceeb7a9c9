// `rusta golden add EPISODE NAME`: keeps a finished episode as a golden entry, which later versions are held to.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Command } from '../command.ts';
import { findEpisode } from '../lookup.ts';

export const golden: Command = {
  name: 'golden',
  describe: 'keep a finished episode as an example that later versions are held to',
  positionals: [
    { name: 'action', describe: 'the word add', required: true, completes: ['add'] },
    { name: 'episode', describe: 'the episode, by its id or the start of it', required: true, completes: 'id' },
    { name: 'name', describe: "what to call it; the episode's id by default", completes: [] },
  ],
  flags: [
    { name: 'out', kind: 'text', value: 'DIR', describe: 'folder of the entries (datasets/golden)' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { terminal, cwd }): Promise<number> {
    const usage = (message: string): RustaError =>
      new RustaError(message, { code: 'usage', op: 'golden', hint: 'rusta golden add EPISODE NAME', exit: 'usage' });
    if (args.text('action') !== 'add') throw usage(`unexpected ${JSON.stringify(args.text('action'))}`);
    const [{ openStore }, { goldenOf }, { readTree }, { writeCase }, { validate }] = await Promise.all([
      import('../../memory/store.ts'),
      import('../../trainer/eval/golden.ts'),
      import('../../trainer/eval/layout.ts'),
      import('../../trainer/eval/sets/write.ts'),
      import('../../schemas/validate.ts'),
    ]);
    const store = await openStore();
    try {
      const { id, root } = findEpisode(store, args.text('episode') as string);
      const beside = existsSync(`${root}/Cargo.toml`) ? await readTree(root) : new Map<string, Uint8Array>();
      const made = goldenOf(store.devlog(root).read(id), (hash) => store.getBlob(hash), beside);
      const name = args.text('name') ?? id;
      if (!/^[\w-]+$/.test(name)) throw usage(`${JSON.stringify(name)} is not a name of letters, digits, - and _`);
      const out = resolve(cwd, args.text('out') ?? 'datasets/golden');
      const meta = validate('golden_entry', made.golden, `entry ${name}`);
      await writeCase(out, { name, kind: made.kind, broken: made.texts, fixed: null, hidden: null, meta: { ...meta } });
      terminal.out(`${name}: ${meta.status}, ${meta.lines} lines, ${meta.classes.join(' and ')}\n`);
      return exitCodes.ok;
    } finally {
      await store.close();
    }
  },
};
