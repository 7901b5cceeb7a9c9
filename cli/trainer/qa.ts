// `trainer qa --out FILE`: anchored questions, made of the installed documentation, one JSON line each.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { Command } from '../command.ts';
import { Counter } from './counter.ts';

export const qa: Command = {
  name: 'qa',
  describe: 'make questions whose answer is a cited span of the standard library or the Nomicon',
  positionals: [],
  flags: [
    { name: 'out', kind: 'text', value: 'FILE', describe: 'where they are written, one JSON line each' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { cwd, terminal, signal }): Promise<number> {
    const out = args.text('out');
    if (out === null)
      throw new RustaError('say where: --out FILE', {
        code: 'usage',
        op: 'qa',
        hint: 'trainer qa --help',
        exit: 'usage',
      });
    const [{ questionsOf }, { extractPage }, { findDocs, listPages }, { findToolchain }] = await Promise.all([
      import('../../datasets/recipes/anchored-qa.ts'),
      import('../../tools/docs/extract.ts'),
      import('../../tools/docs/install.ts'),
      import('../../tools/sandbox/toolchain.ts'),
    ]);
    const { root } = findDocs((await findToolchain(null)).sysroot);
    const paths = listPages(root, ['nomicon', 'std', 'alloc', 'core']);
    const counter = new Counter(terminal);
    const lines: string[] = [];
    const seen = new Set<string>();
    for (const [index, path] of paths.entries()) {
      if (index % 20 === 0) {
        counter.count(index, paths.length, path);
        await new Promise((turn) => setImmediate(turn));
        signal.throwIfAborted();
      }
      const page = extractPage(path, readFileSync(join(root, path), 'utf8'));
      for (const one of page === null ? [] : questionsOf(page)) {
        if (seen.has(one.question)) continue;
        seen.add(one.question);
        lines.push(`${JSON.stringify(one)}\n`);
      }
    }
    counter.end();
    const text = lines.join('');
    await writeFile(resolve(cwd, out), text);
    terminal.out(`${lines.length} questions, sha256 ${sha256(text)}\n`);
    return exitCodes.ok;
  },
};
