// `trainer run STAGE`: trains a stage's model, shows how it goes, and leaves checkpoints, metrics and a curve in a folder.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Metric } from '../../trainer/run/metrics.ts';
import type { Weights } from '../../trainer/run/weights.ts';
import { cut } from '../columns.ts';
import { type Command, jsonFlag } from '../command.ts';
import { deviceFlags, deviceOf } from '../device.ts';
import type { Terminal } from '../terminal.ts';
import { duration, size as sizeText } from '../text.ts';
import { version } from '../version.ts';
import { corpusOf } from './corpus.ts';

/** Where nothing can be redrawn, how long at least between two lines, ms. */
const quietMs = 5000;

export const run: Command = {
  name: 'run',
  describe: 'train a stage: with no flags, a tiny model of the documentation in under three minutes',
  positionals: [{ name: 'stage', describe: 'what is trained', required: true, completes: ['s0'] }],
  flags: [
    ...deviceFlags,
    {
      name: 'data',
      kind: 'text',
      value: 'DIR',
      describe: 'a corpus that trainer data build made; the installed documentation by default',
    },
    { name: 'out', kind: 'text', value: 'DIR', describe: 'where the run is kept (runs/STAGE)' },
    {
      name: 'size',
      kind: 'text',
      value: 'SIZE',
      choices: ['full', 'tiny'],
      describe: 'full on a GPU and tiny elsewhere by default',
    },
    { name: 'steps', kind: 'text', value: 'N', describe: 'steps of the whole run' },
    { name: 'minutes', kind: 'text', value: 'N', describe: 'as many steps as take this long here, timed at the start' },
    { name: 'resume', kind: 'switch', describe: 'go on where the run in --out stopped' },
    {
      name: 'from',
      kind: 'text',
      value: 'PATH',
      describe: "start from these weights and their model: an int8 file, a run's checkpoint, or a folder of f16 parts",
    },
    { name: 'seed', kind: 'text', value: 'N', describe: 'of the initial weights and the order of the data' },
    { name: 'config', kind: 'list', value: 'NAME=VALUE', describe: 'another value, such as recipe.adamw.rate=0.001' },
    jsonFlag,
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [
    ['run s0', 'a tiny model, on this machine, of the installed documentation'],
    ['run s0 --data corpus --minutes 30 --device webgpu', 'the real one'],
    ['run s0 --resume', 'go on after Ctrl-C, or a crash'],
    ['run s0 --from s0.safetensors --config schedule.cooldown=0.8', 'train on from weights, falling sooner'],
  ],

  async run(args, context): Promise<number> {
    const { terminal, cwd, signal } = context;
    const stages = { s0: async () => (await import('../../trainer/stages/s0.ts')).s0 };
    const name = args.text('stage') ?? '';
    if (!Object.hasOwn(stages, name))
      throw usage(`there is no stage '${name}': stages are ${Object.keys(stages).join(', ')}`);
    const given = await stages[name as keyof typeof stages]();
    const seed = whole(args.text('seed'), 'seed');
    const stage = seed === null ? given : { ...given, seed };
    const from = await weightsFrom(args.text('from'), cwd);
    const [{ run: train }, { overridden }] = await Promise.all([
      import('../../trainer/run/run.ts'),
      import('../../trainer/stages/override.ts'),
    ]);
    const device = await deviceOf(args, terminal);
    try {
      const chosen = args.text('size') ?? (device.kind === 'webgpu' ? 'full' : 'tiny');
      const own = stage.sizes[chosen as 'full' | 'tiny'];
      let size = overridden(from === null ? own : { ...own, model: from.weights.config }, args.list('config'));
      const steps = whole(args.text('steps'), 'steps');
      const minutes = args.text('minutes');
      if (steps !== null && minutes !== null) throw usage('give --steps or --minutes, not both');
      if (steps !== null) size = { ...size, steps };
      const corpus = await corpusOf(args.text('data'), context);
      const folder = resolve(cwd, args.text('out') ?? join('runs', stage.name));
      if (minutes !== null) {
        const { stepsIn } = await import('../../trainer/run/pace.ts');
        size = { ...size, steps: await stepsIn(Number(minutes), device, stage, size) };
      }
      const status = new Status(terminal, args.on('json'));
      status.say(
        `${stage.name}, ${chosen}: ${size.steps} steps of ${sizeText(size.batch * size.model.context)} on ${device.info().device}`,
      );
      const result = await train({
        stage,
        size,
        corpus,
        device,
        folder,
        resume: args.on('resume'),
        ...(from === null ? {} : { from }),
        version: version(),
        commit: await commitHere(),
        signal,
        onMetric: (metric, { step, seconds }) => status.metric(metric, step, size.steps, seconds),
      });
      status.stop();
      if (result.outcome === 'interrupted') {
        terminal.err(
          `interrupted at step ${result.progress.step} of ${size.steps}; ${context.call} run ${stage.name} --resume continues\n`,
        );
        return exitCodes.interrupted;
      }
      const best = result.best === null ? '' : `, ${result.best.toFixed(4)} bits per byte held out`;
      if (!args.on('json'))
        terminal.out(`trained ${size.steps} steps in ${duration(result.progress.seconds * 1000)}${best}: ${folder}\n`);
      return exitCodes.ok;
    } finally {
      await device.close();
    }
  },
};

/** Of a run that goes on, which has its own, only their model is taken. */
async function weightsFrom(
  path: string | null,
  cwd: string,
): Promise<{ readonly name: string; readonly weights: Weights } | null> {
  if (path === null) return null;
  const { readWeights } = await import('../../trainer/run/weights.ts');
  return { name: path, weights: await readWeights(resolve(cwd, path)) };
}

function usage(message: string): RustaError {
  return new RustaError(message, { code: 'usage', op: 'run', hint: 'trainer run --help', exit: 'usage' });
}

function whole(text: string | null, name: string): number | null {
  if (text === null) return null;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw usage(`--${name} should be a whole number from 1, found ${JSON.stringify(text)}`);
}

/** Commit of the source tree that this runs from; null where it is installed. */
async function commitHere(): Promise<string | null> {
  const { findRepository, headCommit } = await import('../../tools/git/repository.ts');
  const repository = findRepository(fileURLToPath(new URL('.', import.meta.url)));
  return repository === null ? null : headCommit(repository);
}

/** One line on stderr that is redrawn, or a line now and then; with --json every metric on stdout. */
class Status {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  #drawn = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
  }

  say(text: string): void {
    this.#terminal.err(`${text}\n`);
  }

  metric(metric: Metric, step: number, steps: number, seconds: number): void {
    if (this.#json) this.#terminal.out(`${JSON.stringify(metric)}\n`);
    if (metric.type === 'validation') {
      this.stop();
      this.say(`step ${step}: ${metric.bpb.toFixed(4)} bits per byte held out`);
    }
    if (metric.type === 'resumed')
      this.say(`resumed at step ${step}${metric.exact ? '' : ', the optimiser warms up again'}`);
    if (metric.type !== 'train') return;
    const left = metric.bytesPerSecond === 0 ? 0 : ((steps - step) * seconds * 1000) / Math.max(1, step);
    const line = [
      `${step}/${steps}`,
      `${metric.bpb.toFixed(3)} bits per byte`,
      `${sizeText(Math.round(metric.bytesPerSecond))}/s`,
      `${metric.teraflops < 0.1 ? `${(metric.teraflops * 1000).toFixed(1)} GFLOP/s` : `${metric.teraflops.toFixed(1)} TFLOP/s`}`,
      ...(metric.skipped > 0 ? [`${metric.skipped} skipped`] : []),
      `${duration(left)} left`,
    ].join(' · ');
    const now = performance.now();
    if (this.#terminal.errIsTerminal) {
      this.#terminal.err(`\r\x1b[2K${cut(line, this.#terminal.columns - 1)}`);
      this.#drawn = true;
    } else if (now - this.#last > quietMs) {
      this.#last = now;
      this.say(line);
    }
  }

  stop(): void {
    if (this.#drawn) this.#terminal.err('\n');
    this.#drawn = false;
  }
}
