// The process of one test file: imports it, runs what it declared, and tells run.ts over the IPC channel.
// A file's verdict is never this process's word alone: run.ts checks the exit status and that every test ended.
import { pathToFileURL } from 'node:url';
import { describe, runDeclared, type TestEvent } from './harness.ts';

/** What is still open this long after the last test (ms) was forgotten by a test and would keep the run waiting. */
const lingerMs = 5_000;

const send = (event: TestEvent): void => {
  process.send?.(event);
};
const report =
  (where: string) =>
  (error: unknown): void =>
    send({ type: 'fail', where, error: describe(error) });
process.on('unhandledRejection', report('unhandled rejection'));
process.on('uncaughtException', report('uncaught exception'));

const file = process.argv[2] ?? '';
let loaded: { readonly timeoutMs?: number } | null = null;
try {
  loaded = await import(pathToFileURL(file).href);
} catch (error) {
  report('import')(error);
  process.exitCode = 1;
}
if (loaded !== null) {
  await runDeclared(send, typeof loaded.timeoutMs === 'number' ? loaded.timeoutMs : null);
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    send({ type: 'fail', where: 'after the last test', error: `left open for ${lingerMs / 1000} s: ${open}` });
    setTimeout(() => process.exit(1), 100);
  }, lingerMs).unref();
}
