// Entry of the engine's workers, in Node and in a page: instantiates the kernels over the memory and becomes a lane, or serves
// messages where memory cannot be shared. Imports nothing of Node, so that a page's bundler can take it.
import type { KernelFunction } from './code.ts';
import { command } from './control.ts';
import { CallFailed, Executor } from './executor.ts';
import { runLane } from './lane.ts';
import type { Order, Report, Start } from './messages.ts';

interface Port {
  postMessage(value: unknown, transfer?: readonly ArrayBuffer[]): void;
  receive(listener: (value: unknown) => void): void;
}

const port = openPort();
port.receive((value) => begin(value as Start));

function openPort(): Port {
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
  if (node) {
    return {
      postMessage: (value, transfer = []) => node.postMessage(value, [...transfer]),
      receive: (listener) => node.removeAllListeners('message').on('message', listener),
    };
  }
  const scope = globalThis as unknown as {
    onmessage: ((event: MessageEvent) => void) | null;
    postMessage(value: unknown, transfer: readonly ArrayBuffer[]): void;
  };
  return {
    postMessage: (value, transfer = []) => scope.postMessage(value, transfer),
    receive: (listener) => {
      scope.onmessage = (event) => listener(event.data);
    },
  };
}

function say(report: Report, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(report, transfer);
}

function begin({ modules, functions, wide, lane, lanes, shared }: Start): void {
  const memory = shared?.memory ?? new WebAssembly.Memory({ initial: 16, maximum: 65536 });
  const instances = modules.map(
    (module) => new WebAssembly.Instance(module, { env: { memory, abort, wide: wide ? 1 : 0 } }),
  );
  const table = functions.map(([module, name]) => instances[module]?.exports[name] as KernelFunction);
  if (shared !== null) {
    say({ type: 'ready' });
    const tell = (ticket: number): void => say({ type: 'done', ticket, data: null });
    runLane({ control: shared.control, memory, functions: table, lane, lanes, tell });
    say({ type: 'stopped' });
    return;
  }
  const executor = new Executor(memory, table, 0, 1, null);
  let failed = false;
  port.receive((value) => {
    if (failed) return;
    try {
      obey(memory, executor, value as Order);
    } catch (error) {
      failed = true;
      const place = error instanceof CallFailed ? error : { executable: -1, instruction: -1 };
      const message = error instanceof Error ? error.message : String(error);
      say({ type: 'failed', message, executable: place.executable, instruction: place.instruction });
    }
  });
  say({ type: 'ready' });
}

function obey(memory: WebAssembly.Memory, executor: Executor, order: Order): void {
  switch (order.type) {
    case 'define':
      executor.define(order.id, order.words);
      break;
    case 'grow':
      memory.grow(Math.ceil((order.bytes - memory.buffer.byteLength) / 65536));
      break;
    case 'write':
      executor.bytesTo(order.address + order.data.length).set(order.data, order.address);
      break;
    case 'read': {
      const data = new Uint8Array(order.bytes);
      data.set(executor.bytesTo(order.address + order.bytes).subarray(order.address, order.address + order.bytes));
      say({ type: 'done', ticket: order.ticket, data }, [data.buffer]);
      break;
    }
    case 'commands':
      commands(executor, order.words);
      break;
  }
}

function commands(executor: Executor, words: Int32Array): void {
  for (let cursor = 0; cursor < words.length; cursor += words[cursor + 1] as number) {
    const word = (index: number): number => words[cursor + index] as number;
    if (word(0) === command.run) executor.run(word(2), words, cursor + 3, -1);
    else if (word(0) === command.copy) executor.copy(word(2) >>> 0, word(3) >>> 0, word(4) >>> 0);
    else if (word(0) === command.forget) executor.forget(word(2));
    else throw new Error(`no command ${word(0)}`);
  }
}

function abort(): never {
  throw new Error('a kernel aborted');
}
