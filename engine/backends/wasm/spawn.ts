// Starts the engine's workers: worker_threads in Node, Web Workers in a page.
import { RustaError } from '../../../schemas/errors.ts';
import { startThread } from '../../thread.ts';
import type { Order, Report, Start } from './messages.ts';

/** A worker as the caller sees it. */
export interface Hand {
  post(value: Start | Order, transfer?: readonly ArrayBuffer[]): void;
  /** Whether it keeps a Node process alive. */
  hold(on: boolean): void;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}

export interface Listener {
  report(report: Report): void;
  /** It ended, or could not be started. */
  died(why: string): void;
}

export function spawn(listener: Listener): Hand {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (threads) {
    const worker = startThread(threads, import.meta.url, 'worker', { name: 'rusta engine', execArgv: [] });
    let ended = false;
    worker.on('message', (value: Report) => listener.report(value));
    worker.on('error', (error) => listener.died(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => {
      ended = true;
      listener.died(`its thread ended with code ${code}`);
    });
    return {
      post: (value, transfer = []) => worker.postMessage(value, [...transfer]),
      hold: (on) => (on && !ended ? worker.ref() : worker.unref()),
      end: async () => void (await worker.terminate()),
    };
  }
  if (typeof Worker === 'undefined') {
    throw new RustaError('there are no workers here', {
      code: 'no-device',
      op: 'openDevice',
      hint: 'the engine computes in a worker: use it where `Worker` exists',
    });
  }
  // Written out like this, bundlers find the worker and bundle it too.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => listener.report(data as Report);
  worker.onerror = (event) => listener.died(event.message || 'its script could not be loaded');
  return {
    post: (value, transfer = []) => worker.postMessage(value, [...transfer]),
    hold: () => {},
    end: async () => worker.terminate(),
  };
}
