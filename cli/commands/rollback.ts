// `rusta rollback`: takes an applied bundle back, byte for byte. Refusing edited files is tools/patch's work.
import { type Command, jsonFlag } from '../command.ts';
import { oneLine, plural } from '../text.ts';
import { bundlePositional } from './show.ts';

export const rollback: Command = {
  name: 'rollback',
  describe: 'undo an applied patch, byte for byte',
  positionals: [{ ...bundlePositional, describe: "a bundle's id or the start of it; the latest applied by default" }],
  flags: [jsonFlag],

  async run(args, { terminal, services, cwd }): Promise<number> {
    const bundle = await services.bundle(args.text('bundle'), cwd, true);
    const files = await services.rollback(bundle);
    if (args.on('json')) {
      terminal.out(
        `${JSON.stringify({ v: 1, type: 'rolled-back', bundle_id: bundle.id, root: bundle.root, files })}\n`,
      );
    } else {
      terminal.out(
        `took ${bundle.id} back from ${plural(files.length, 'file')} in ${oneLine(bundle.root)}: ${oneLine(files.join(', '))}\n`,
      );
    }
    return 0;
  },
};
