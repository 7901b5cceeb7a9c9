// Opening the CPU device: features asked, kernels compiled, memory made, workers started and waited for.
import type { WasmModuleName } from '../../../kernels/spec.ts';
import { RustaError } from '../../../schemas/errors.ts';
import type { BackendInfo, BackendOptions } from '../backend.ts';
import { controlBytes, maxLanes } from './control.ts';
import { type Features, probeFeatures } from './features.ts';
import { MessageQueue } from './message-queue.ts';
import type { Report, Start } from './messages.ts';
import { loadModules } from './modules.ts';
import type { Queue, Where } from './queue.ts';
import { RingQueue, stagingBytes } from './ring-queue.ts';
import { type Hand, spawn } from './spawn.ts';

const page = 65536;
/** The most that 32-bit addresses reach, less a page, so that no end of a block wraps to 0. */
export const mostBytes: number = 65535 * page;
/** Address 0 is nobody's; then comes the staging area. */
const staging = page;

export interface Connection {
  readonly queue: Queue;
  readonly lanes: number;
  readonly device: string;
  readonly choices: BackendInfo['choices'];
  /** Buffers lie from here ... */
  readonly begin: number;
  /** ... to here at most. */
  readonly limit: number;
  close(): Promise<void>;
}

type Functions = readonly { readonly module: WasmModuleName; readonly name: string }[];

/** @throws RustaError `no-device` */
export async function connect(
  options: BackendOptions & { readonly shared?: boolean },
  functions: Functions,
  where: Where,
): Promise<Connection> {
  const features = withOptions(probeFeatures(), options.shared);
  const { lanes, why } = countLanes(options.threads, features);
  const begin = features.unshared === null ? staging + stagingBytes : page;
  const limit = Math.min(mostBytes, options.memoryLimit === undefined ? mostBytes : begin + options.memoryLimit);
  let listener: { report(report: Report, lane: number): void; died(lane: number, why: string): void } | null = null;
  const starting = resolvers();
  let ready = 0;
  // Workers load while kernels are compiled and timed here.
  const hands: Hand[] = [];
  try {
    for (let lane = 0; lane < lanes; lane += 1) {
      hands.push(
        spawn({
          report: (report) => {
            if (report.type !== 'ready') return listener?.report(report, lane);
            ready += 1;
            if (ready === lanes) starting.resolve();
          },
          died: (reason) => {
            starting.reject(
              new RustaError(`worker ${lane + 1} of ${lanes} did not start: ${reason}`, {
                code: 'no-device',
                op: 'openDevice',
                hint: 'the engine is bundled without its worker: see docs/ENGINE.md',
              }),
            );
            listener?.died(lane, reason);
          },
        }),
      );
    }
    starting.promise.catch(() => {});
    const shared = features.unshared === null ? makeMemory(limit) : null;
    const { modules, wide, choices } = await loadModules({ relaxed: features.relaxed, shared: shared !== null });
    const names = Object.keys(modules) as WasmModuleName[];
    const start: Omit<Start, 'lane'> = {
      modules: names.map((name) => modules[name]),
      functions: functions.map(({ module, name }) => [names.indexOf(module), name]),
      wide,
      lanes,
      shared,
    };
    for (const [lane, hand] of hands.entries()) hand.post({ ...start, lane });
    const queue = shared === null ? messages(hands[0] as Hand) : ring(shared);
    await starting.promise;
    for (const hand of hands) hand.hold(false);
    return {
      queue,
      lanes,
      device: `WebAssembly, ${lanes === 1 ? '1 thread' : `${lanes} threads`}`,
      choices: [{ what: 'threads', chosen: String(lanes), why }, simd(features), ...choices],
      begin,
      limit: Math.max(limit, begin + page),
      close: () => queue.close(),
    };
  } catch (error) {
    await Promise.all(hands.map((hand) => hand.end()));
    throw error;
  }

  function messages(hand: Hand): Queue {
    const queue = new MessageQueue(hand, where, 16 * page);
    listener = { report: (report) => queue.report(report), died: (_, reason) => queue.died(reason) };
    return queue;
  }

  function ring({ memory, control }: NonNullable<Start['shared']>): Queue {
    const queue = new RingQueue(memory, control, hands, where, staging);
    listener = queue;
    return queue;
  }
}

function simd({ relaxed }: Features): BackendInfo['choices'][number] {
  const what = 'SIMD';
  if (relaxed) return { what, chosen: '128-bit, relaxed', why: 'both validate here' };
  const why = 'relaxed SIMD does not validate here; Node 20 has it behind --experimental-wasm-relaxed-simd';
  return { what, chosen: '128-bit', why };
}

function withOptions(features: Features, shared: boolean | undefined): Features {
  return shared === false ? { ...features, unshared: 'asked for' } : features;
}

function countLanes(asked: number | undefined, { unshared }: Features): { lanes: number; why: string } {
  if (unshared !== null) return { lanes: 1, why: `memory is not shared (${unshared})` };
  if (asked !== undefined) {
    if (!Number.isInteger(asked) || asked < 1 || asked > maxLanes) {
      throw new RustaError(`${asked} threads`, {
        code: 'bad-option',
        op: 'openDevice',
        expected: `a whole number from 1 to ${maxLanes}`,
        got: String(asked),
      });
    }
    return { lanes: asked, why: 'asked for' };
  }
  const cores =
    globalThis.process?.getBuiltinModule?.('node:os')?.availableParallelism() ?? navigator.hardwareConcurrency;
  return { lanes: Math.max(1, Math.min(cores || 1, defaultLanes)), why: `${cores} processors` };
}

/** Beyond this, lanes wait for memory and for each other more than they compute. */
const defaultLanes = 8;

/** Memory that all workers see. */
function makeMemory(limit: number): NonNullable<Start['shared']> {
  const initial = Math.ceil((staging + stagingBytes) / page) + 16;
  const maximum = Math.max(initial, Math.ceil(limit / page));
  try {
    const memory = new WebAssembly.Memory({ initial, maximum, shared: true });
    return { memory, control: new SharedArrayBuffer(controlBytes) };
  } catch (cause) {
    throw new RustaError(`memory of at most ${maximum * page} bytes cannot be reserved`, {
      code: 'no-device',
      op: 'openDevice',
      hint: 'give a smaller memoryLimit',
      cause,
    });
  }
}

function resolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let ends: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  const promise = new Promise<void>((resolve, reject) => {
    ends = { resolve, reject };
  });
  return { promise, ...(ends as unknown as { resolve: () => void; reject: (error: unknown) => void }) };
}
