// Starts a thread of the module that stands beside the caller, from a build, a bundle or the source. What it is told is the
// caller's. Not for pages: spawn.ts has their workers.
import type { Worker, WorkerOptions } from 'node:worker_threads';

/**
 * From source, Node 20 does not hand its loader on to a thread: there it is registered first. A bundle may be .mjs.
 * @param here `import.meta.url` of the caller, whose ending the thread's file has too.
 * @param name of the file beside it, without its ending.
 */
export function startThread(
  { Worker: Thread }: typeof import('node:worker_threads'),
  here: string,
  name: string,
  options: WorkerOptions = {},
): Worker {
  const extension = /\.(\w+)(\?|$)/.exec(here)?.[1] ?? 'js';
  const file = new URL(`./${name}.${extension}`, here);
  if (extension !== 'ts') return new Thread(file, options);
  const [loader, source] = [import.meta.resolve('tsx/esm/api'), file.href].map((each) => JSON.stringify(each));
  const code = `import(${loader}).then(({ register }) => { register(); return import(${source}); })`;
  return new Thread(code, { ...options, eval: true });
}
