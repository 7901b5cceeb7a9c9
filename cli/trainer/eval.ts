// `trainer eval bpb|syntax|fim|smoke`: figures of a language model on texts that it was not trained on; `calibration`: how far the
// confidence of `rusta fix` can be trusted, from reports of `npm run eval -- cases`.
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Served } from '../../trainer/eval/lm/served.ts';
import { type Args, type Command, type Context, jsonFlag } from '../command.ts';
import { deviceFlags } from '../device.ts';
import { Counter } from './counter.ts';
import { checkpointFlag, heldOutOf, servedOf, textsAt } from './served.ts';

const what = ['bpb', 'syntax', 'fim', 'smoke', 'calibration'] as const;

export const evaluate: Command = {
  name: 'eval',
  describe: 'judge a checkpoint: bits per byte, function bodies that parse, lines filled in',
  positionals: [{ name: 'what', describe: what.join(', '), required: true, completes: what }],
  flags: [
    ...deviceFlags,
    checkpointFlag,
    { name: 'text', kind: 'text', value: 'PATH', describe: 'a file or folder; the test split of --data by default' },
    { name: 'data', kind: 'text', value: 'DIR', describe: 'a corpus that trainer data build made' },
    { name: 'count', kind: 'text', value: 'N', describe: 'function bodies, or lines (200, 500)' },
    { name: 'bytes', kind: 'text', value: 'N', describe: 'bpb: at most so many bytes of each file' },
    { name: 'window', kind: 'text', value: 'N', describe: 'bpb: bytes that the model sees at once (its context)' },
    {
      name: 'report',
      kind: 'list',
      value: 'FILE',
      describe: 'calibration: a report.json of npm run eval (repeatable)',
    },
    {
      name: 'plot',
      kind: 'text',
      value: 'FILE',
      describe: 'calibration: where the reliability plot is written, an SVG',
    },
    {
      name: 'progress',
      kind: 'text',
      value: 'FILE',
      describe: 'syntax, fim: where answers are kept; started again it goes on',
    },
    jsonFlag,
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [
    ['eval bpb --text src', 'bits per byte of a folder'],
    ['eval smoke', 'a little of everything, within a minute'],
    ['eval calibration --report out/report.json --plot fix.svg', 'is a confidence of 0.9 right nine times in ten?'],
  ],

  async run(args, context): Promise<number> {
    const name = args.text('what') ?? '';
    if (name === 'calibration') {
      print(await calibration(args, context), args, context);
      return exitCodes.ok;
    }
    const served = await servedOf(args, context);
    const counter = new Counter(context.terminal);
    try {
      const figures = await figuresOf(name, served, args, context, counter);
      counter.end();
      print(figures, args, context);
      return exitCodes.ok;
    } finally {
      await served.decoder.device.close();
    }
  },
};

type Figures = Readonly<Record<string, unknown>>;

function print(figures: Figures, args: Args, { terminal }: Context): void {
  if (args.on('json')) terminal.out(`${JSON.stringify(figures)}\n`);
  else for (const [key, value] of Object.entries(figures)) terminal.out(`${key.padEnd(14)} ${shown(value)}\n`);
}

/** @throws RustaError `usage`, `report-invalid`, `no-claims`. */
async function calibration(args: Args, { cwd }: Context): Promise<Figures> {
  const [{ readFile, writeFile }, { resolve }, { claimsOf }, { reliability }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../../trainer/eval/figures.ts'),
    import('../../trainer/eval/reliability.ts'),
  ]);
  const files = args.list('report');
  const refuse = (message: string, code: string, hint: string): never => {
    throw new RustaError(message, { code, op: 'eval', hint, exit: 'usage' });
  };
  if (files.length === 0)
    refuse('no report is given', 'usage', 'npm run eval -- cases DIR --out OUT writes OUT/report.json');
  const claims = [];
  for (const file of files) {
    const text = await readFile(resolve(cwd, file), 'utf8').catch((error: Error) =>
      refuse(`${file}: ${error.message}`, 'usage', 'check the path'),
    );
    try {
      claims.push(...claimsOf(JSON.parse(text).cases));
    } catch {
      refuse(
        `${file} is no report of an evaluation`,
        'report-invalid',
        'npm run eval -- cases DIR --out OUT writes OUT/report.json',
      );
    }
  }
  const found =
    reliability(claims) ??
    refuse('no claim of these reports was judged', 'no-claims', 'evaluate cases that have hidden tests');
  const plot = args.text('plot');
  if (plot !== null) {
    const { reliabilitySvg } = await import('../../trainer/eval/reliability-plot.ts');
    await writeFile(resolve(cwd, plot), reliabilitySvg('confidence of rusta fix', found));
  }
  return {
    what: 'calibration',
    claims: found.n,
    ece: found.ece,
    brier: found.brier,
    aurc: found.aurc,
    bins: found.bins,
  };
}

async function figuresOf(
  name: string,
  served: Served,
  args: Args,
  context: Context,
  counter: Counter,
): Promise<Figures> {
  const started = performance.now();
  const about = { what: name, device: served.decoder.device.info().device, checkpoint: served.path };
  const found = await (name === 'bpb'
    ? bpb(served, args, context, counter)
    : name === 'syntax' || name === 'fim'
      ? probe(name, served, args, context, counter)
      : name === 'smoke'
        ? smoke(served, context, counter)
        : unknown(name));
  return { ...about, ...found, seconds: Number(((performance.now() - started) / 1000).toFixed(2)) };
}

function unknown(name: string): never {
  throw new RustaError(`nothing is called '${name}': ${what.join(', ')}`, {
    code: 'usage',
    op: 'eval',
    hint: 'trainer eval --help',
    exit: 'usage',
  });
}

async function bpb({ decoder }: Served, args: Args, context: Context, counter: Counter): Promise<Figures> {
  const { scoreText } = await import('../../engine/generate/score.ts');
  const { symbols } = await import('../../engine/model/symbols.ts');
  const window = count(args, 'window') ?? decoder.config.context;
  const most = count(args, 'bytes') ?? Number.POSITIVE_INFINITY;
  const texts = await heldOutOf(args, context);
  const stride = window >> 1;
  let [bits, bytes] = [0, 0];
  for (const [index, { file, text }] of texts.entries()) {
    context.signal.throwIfAborted();
    counter.count(index, texts.length, file);
    const all = Buffer.from(text).subarray(0, most);
    if (all.length === 0) continue;
    const own = await scoreText(decoder, all, Uint8Array.of(symbols.document), window, stride);
    bits += own.bitsPerByte * own.bytes;
    bytes += own.bytes;
  }
  return { bpb: bits / bytes, bytes, files: texts.length, window, stride };
}

async function probe(
  name: 'syntax' | 'fim',
  { decoder, id, provenance }: Served,
  args: Args,
  context: Context,
  counter: Counter,
): Promise<Figures> {
  const { keptAnswers } = await import('../../trainer/eval/lm/answers.ts');
  const { infillOrderOf } = await import('../../engine/model/infill.ts');
  const { resolve } = await import('node:path');
  const kept = args.text('progress');
  const { probeBodies, probeLines } = await import('../../trainer/eval/lm/probes.ts');
  const texts = await heldOutOf(args, context);
  const options = {
    count: count(args, 'count') ?? (name === 'syntax' ? 200 : 500),
    seed: 1,
    signal: context.signal,
    ...(kept === null ? {} : { answers: await keptAnswers(resolve(context.cwd, kept), id) }),
    onProgress: (done: number, of: number) => counter.count(done, of, name),
  };
  if (name === 'fim') return { ...(await probeLines(decoder, texts, infillOrderOf(provenance), options)) };
  const { verdicts: _, ...figures } = await probeBodies(decoder, texts, options);
  return figures;
}

/** Texts that ship: whether everything works, not how good it is. */
async function smoke(served: Served, context: Context, counter: Counter): Promise<Figures> {
  const { scoreText } = await import('../../engine/generate/score.ts');
  const { symbols } = await import('../../engine/model/symbols.ts');
  const { probeBodies, probeLines } = await import('../../trainer/eval/lm/probes.ts');
  const { fileURLToPath } = await import('node:url');
  const texts = await textsAt(
    fileURLToPath(new URL('../../examples', import.meta.url)).replace(/\/dist(?=\/examples)/, ''),
  );
  const code = texts.filter(({ file }) => file.endsWith('.rs'));
  const { decoder, provenance } = served;
  const { infillOrderOf } = await import('../../engine/model/infill.ts');
  const options = {
    seed: 1,
    signal: context.signal,
    onProgress: (done: number, of: number) => counter.count(done, of, 'probe'),
  };
  let [bits, bytes] = [0, 0];
  for (const { text } of code) {
    const own = await scoreText(
      decoder,
      Buffer.from(text).subarray(0, 2000),
      Uint8Array.of(symbols.document),
      Math.min(512, decoder.config.context),
    );
    bits += own.bitsPerByte * own.bytes;
    bytes += own.bytes;
  }
  const { verdicts: _, ...bodies } = await probeBodies(decoder, code, { ...options, count: 2 });
  const { by: _kinds, ...lines } = await probeLines(decoder, code, infillOrderOf(provenance), {
    ...options,
    count: 6,
  });
  return { bpb: bits / bytes, bytes, syntax: bodies, fim: lines };
}

function count(args: Args, name: string): number | null {
  const text = args.text(name);
  if (text === null) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RustaError(`--${name} should be a whole number from 1, found ${JSON.stringify(text)}`, {
    code: 'usage',
    op: 'eval',
    exit: 'usage',
  });
}

function shown(value: unknown): string {
  return typeof value === 'number'
    ? String(Number(value.toPrecision(6)))
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
