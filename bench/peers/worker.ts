// One engine in a process of its own: told a task, it makes it ready; told a time, it runs for so long and says what it took.
import { setEngineFlags } from '../../cli/flags.ts';
import type { Timed } from '../timing.ts';
import { type Peer, type Prepared, tasks } from './tasks.ts';

export type Ask = { readonly task: number; readonly threads: number } | { readonly ms: number };

export type Answer =
  | { readonly kind: 'open'; readonly version: string }
  /** `none`: the engine has no such thing. */
  | { readonly kind: 'ready'; readonly none: boolean; readonly note: string | null }
  /** `cpu`: of all the process's threads, ms of one time. */
  | ({ readonly kind: 'timed'; readonly cpu: number } & Timed)
  | { readonly kind: 'failed'; readonly why: string };

const engines: Readonly<Record<string, () => Promise<Peer>>> = {
  rusta: async () => {
    setEngineFlags();
    return (await import('./impl/rusta.ts')).peer;
  },
  'onnxruntime-web': async () => (await import('./impl/onnx.ts')).web(),
  'onnxruntime-node': async () => (await import('./impl/onnx.ts')).native(),
  'tfjs-wasm': async () => (await import('./impl/tfjs.ts')).tfjs(),
  'jax-js': async () => (await import('./impl/jax.ts')).jax(),
  'node-llama-cpp': async () => (await import('./impl/llama.ts')).llama(),
};

export const engineNames: readonly string[] = Object.keys(engines);

async function slice({ run }: Prepared, ms: number): Promise<Answer> {
  const samples: number[] = [];
  const cpu = process.cpuUsage();
  const end = performance.now() + ms;
  do {
    const begin = performance.now();
    const given = run();
    const told = given instanceof Promise ? await given : given;
    samples.push(typeof told === 'number' ? told : performance.now() - begin);
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(cpu);
  samples.sort((a, b) => a - b);
  return {
    ...{ kind: 'timed', best: samples[0] as number, median: samples[samples.length >> 1] as number },
    cpu: (user + system) / 1000 / samples.length,
  };
}

const why = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] as string).slice(0, 200);
};

async function serve(name: string): Promise<void> {
  const say = (answer: Answer): void => void process.send?.(answer);
  let prepared: Prepared | null = null;
  try {
    const peer = await (engines[name] as () => Promise<Peer>)();
    process.on('message', async (ask: Ask) => {
      try {
        if ('ms' in ask) return say(await slice(prepared as Prepared, ask.ms));
        prepared = await peer.prepare(tasks[ask.task] as (typeof tasks)[number], ask.threads);
        say({ kind: 'ready', none: prepared === null, note: prepared?.note ?? null });
      } catch (error) {
        say({ kind: 'failed', why: why(error) });
      }
    });
    say({ kind: 'open', version: peer.version });
  } catch (error) {
    say({ kind: 'failed', why: why(error) });
  }
}

if (process.send !== undefined && process.argv[2] !== undefined) await serve(process.argv[2]);
