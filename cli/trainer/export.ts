// `trainer export FROM --out FILE`: the int8 checkpoint of a run's weights, with where it comes from in its metadata; with --parts
// the same weights in f16, in files small enough to be carried.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Command } from '../command.ts';
import { deviceFlags, deviceOf } from '../device.ts';
import { size } from '../text.ts';

export const exportCheckpoint: Command = {
  name: 'export',
  describe: "make the int8 checkpoint of a run's weights",
  positionals: [
    {
      name: 'from',
      describe: "a run's best.safetensors, a folder with weights.json and its parts, or an int8 file",
      required: true,
      completes: 'path',
    },
  ],
  flags: [
    ...deviceFlags,
    { name: 'out', kind: 'text', value: 'FILE', describe: 'the file that is written (s0.safetensors)' },
    { name: 'parts', kind: 'text', value: 'DIR', describe: 'write f16 parts here instead' },
    { name: 'part-size', kind: 'text', value: 'MB', describe: 'of a part at most (15)' },
    { name: 'about', kind: 'list', value: 'NAME=VALUE', describe: 'kept in the file as its provenance' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [['export runs/s0/best.safetensors --out s0.safetensors', 'what trainer eval and sample read']],

  async run(args, { terminal, cwd }): Promise<number> {
    const { exportInt8, modelOf, readWeights, writeParts } = await import('../../trainer/run/weights.ts');
    const weights = await readWeights(resolve(cwd, args.text('from') ?? ''));
    const parts = args.text('parts');
    if (parts !== null) {
      const megabytes = Number(args.text('part-size') ?? '15');
      if (!(megabytes > 0))
        throw new RustaError('--part-size should be a number of megabytes', {
          code: 'usage',
          op: 'export',
          exit: 'usage',
        });
      const count = await writeParts(resolve(cwd, parts), weights, Math.ceil(megabytes * 1e6));
      terminal.out(`${resolve(cwd, parts)}: ${count} parts\n`);
      return exitCodes.ok;
    }
    const about = args.list('about').map((each) => {
      const at = each.indexOf('=');
      if (at > 0) return [each.slice(0, at), each.slice(at + 1)] as const;
      throw new RustaError(`'${each}' is no NAME=VALUE`, { code: 'usage', op: 'export', exit: 'usage' });
    });
    const out = resolve(cwd, args.text('out') ?? 's0.safetensors');
    const device = await deviceOf(args, terminal);
    try {
      await exportInt8(out, modelOf(device, weights), {
        steps: weights.step,
        infill: weights.infill,
        ...Object.fromEntries(about),
      });
    } finally {
      await device.close();
    }
    terminal.out(`${out}: ${size((await stat(out)).size)}\n`);
    return exitCodes.ok;
  },
};
