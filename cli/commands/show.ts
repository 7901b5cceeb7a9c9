// `rusta show`: a stored bundle with its evidence, as a diff, as a mail for `git am`, or as JSON.
import { type Command, jsonFlag, type Positional } from '../command.ts';
import { renderDiff } from '../render/diff.ts';
import { renderWhy } from '../render/result.ts';
import { harmless, oneLine } from '../text.ts';

export const bundlePositional: Positional = {
  name: 'bundle',
  describe: "a bundle's id or the start of it; the latest by default",
  completes: 'id',
};

export const show: Command = {
  name: 'show',
  describe: 'show a patch and why it holds',
  positionals: [bundlePositional],
  flags: [
    {
      name: 'format',
      kind: 'text',
      value: 'FORMAT',
      choices: ['text', 'diff', 'patch'],
      describe: 'with its evidence, the unified diff alone, or a mail for `git am`',
    },
    { name: 'candidates', kind: 'switch', describe: 'also list every candidate that was tried, with its verdict' },
    jsonFlag,
  ],
  examples: [['show --format=patch | git am', 'commit the patch']],

  async run(args, { terminal, services, cwd, call }): Promise<number> {
    const bundle = await services.bundle(args.text('bundle'), cwd);
    const format = args.text('format') ?? 'text';
    if (args.on('json')) {
      terminal.out(`${JSON.stringify(bundle)}\n`);
    } else if (format === 'patch' || format === 'diff') {
      const text = format === 'diff' ? bundle.diff : await services.mail(bundle);
      // Exact bytes for a pipe or a file; on a terminal nothing in them may act.
      if (!terminal.outIsTerminal) terminal.out(text);
      else terminal.out(format === 'diff' ? renderDiff(text, terminal.outColors) : harmless(text));
    } else {
      const colors = terminal.outColors;
      terminal.out(renderDiff(bundle.diff, colors));
      terminal.out(
        `\n${colors.bold(`${bundle.status} ${bundle.id}`)} of ${oneLine(bundle.root)}, ${oneLine(bundle.toolchain)}\n`,
      );
      terminal.out(renderWhy(bundle, colors));
      if (args.on('candidates')) {
        for (const tried of bundle.candidates) {
          const detail = tried.detail ? `: ${oneLine(tried.detail)}` : '';
          terminal.out(`  ${tried.verdict.padEnd(13)} ${oneLine(tried.title)} [${tried.proposer}]${detail}\n`);
        }
      }
      if (bundle.status === 'fixed' || bundle.status === 'unsure')
        terminal.out(`\napply it:  ${call} apply ${bundle.id}\n`);
    }
    return 0;
  },
};
