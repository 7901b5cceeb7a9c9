// `trainer sample --prompt TEXT`: what a checkpoint writes, as it is written.
import { exitCodes } from '../../schemas/errors.ts';
import { type Command, jsonFlag } from '../command.ts';
import { deviceFlags } from '../device.ts';
import { checkpointFlag, servedOf } from './served.ts';

export const sample: Command = {
  name: 'sample',
  describe: 'let a checkpoint continue a text',
  positionals: [],
  flags: [
    ...deviceFlags,
    checkpointFlag,
    { name: 'prompt', kind: 'text', value: 'TEXT', describe: 'what is continued (the beginning of a document)' },
    { name: 'bytes', kind: 'text', value: 'N', describe: 'bytes that are written (400)' },
    { name: 'temperature', kind: 'text', value: 'T', describe: '0 takes the likeliest byte each time (0.8)' },
    { name: 'seed', kind: 'text', value: 'N', describe: 'another one writes something else (1)' },
    jsonFlag,
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [["sample --prompt 'fn main() {'", 'a program, perhaps']],

  async run(args, context): Promise<number> {
    const { terminal, signal } = context;
    const { symbols } = await import('../../engine/model/symbols.ts');
    const { stream } = await import('../../engine/generate/generate.ts');
    const prompt = args.text('prompt') ?? '';
    const { decoder } = await servedOf(args, context);
    try {
      const bytes = Uint8Array.from([symbols.document, ...new TextEncoder().encode(prompt)]);
      const pieces = stream(decoder, bytes, {
        maxBytes: Number(args.text('bytes') ?? 400),
        temperature: Number(args.text('temperature') ?? 0.8),
        seed: Number(args.text('seed') ?? 1),
        stop: [symbols.document],
        constraint: 'utf8',
        overflow: 'slide',
        signal,
      });
      let text = '';
      if (!args.on('json')) terminal.out(prompt);
      for await (const piece of pieces) {
        text += piece;
        if (!args.on('json')) terminal.out(piece);
      }
      terminal.out(args.on('json') ? `${JSON.stringify({ prompt, text })}\n` : '\n');
      return exitCodes.ok;
    } finally {
      await decoder.device.close();
    }
  },
};
