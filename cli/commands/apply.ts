// `rusta apply`: writes a stored bundle into the user's files. All-or-nothing writing is tools/patch's work.
import { RustaError } from '../../schemas/errors.ts';
import { applicable } from '../choose.ts';
import { type Command, jsonFlag } from '../command.ts';
import { oneLine, plural } from '../text.ts';
import { bundlePositional } from './show.ts';

export const apply: Command = {
  name: 'apply',
  describe: 'write a proved patch to your files',
  positionals: [bundlePositional],
  flags: [jsonFlag],

  async run(args, { terminal, services, cwd, call }): Promise<number> {
    const bundle = await services.bundle(args.text('bundle'), cwd);
    if (!applicable(bundle)) {
      const why = bundle.status === 'unsure' ? 'its check or its tests did not pass' : `it is ${bundle.status}`;
      throw new RustaError(`bundle ${bundle.id} is not for applying: ${why}`, {
        code: 'bundle-unproved',
        op: 'apply',
        hint: `read it with \`${call} show ${bundle.id}\``,
        exit: 'refused',
      });
    }
    const files = await services.apply(bundle);
    if (args.on('json')) {
      terminal.out(`${JSON.stringify({ v: 1, type: 'applied', bundle_id: bundle.id, root: bundle.root, files })}\n`);
    } else {
      terminal.out(
        `applied ${bundle.id} to ${plural(files.length, 'file')} in ${oneLine(bundle.root)}: ${oneLine(files.join(', '))}\n`,
      );
      terminal.out(`undo it:   ${call} rollback ${bundle.id}\n`);
    }
    return 0;
  },
};
