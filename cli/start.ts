// A program in a real process: its streams, its signals, its end. Everything else is main.ts's work.
import { setFlagsFromString } from 'node:v8';
import { exitCodes } from '../schemas/errors.ts';
import type { Program } from './command.ts';
import { houseServices } from './house.ts';
import { main } from './main.ts';
import { asRustaError, reportError } from './report.ts';
import { Terminal } from './terminal.ts';

/** Runs `argv` and ends the process. */
export async function start(program: Program, argv: readonly string[]): Promise<never> {
  // V8 lets the heap grow to several times what is alive; a file of 100,000 lines is to be held in 250 MB.
  setFlagsFromString('--optimize-for-size');
  // The engine's kernels do twice as much at once where V8 joins 128-bit operations to 256 bits. It is an experiment of V8's,
  // so only in the version whose code passes the kernels' tests (test/kernels/wide.test.ts).
  if (process.versions.v8.startsWith('13.')) setFlagsFromString('--experimental-wasm-revectorize');
  // Node 20 has relaxed SIMD, and only behind this flag. Set before anything is compiled; the engine by itself never does.
  if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const { stdin, stdout, stderr, env } = process;
  const terminal = new Terminal({ stdin, stdout, stderr, env });
  const controller = new AbortController();
  const stop = (): void => {
    // The second time nothing is waited for; tools/process.ts ends every group it started when the process exits.
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  terminal.gone.signal.addEventListener('abort', () => controller.abort());

  const code = await main(argv, {
    terminal,
    services: houseServices(),
    env,
    cwd: process.cwd(),
    signal: controller.signal,
    program,
    call: env.npm_command === 'exec' ? `npx ${program.name}` : program.name,
  });
  await terminal.flush();
  if (terminal.failed === null) process.exit(code);
  reportError(asRustaError(terminal.failed), terminal, { name: program.name, debug: false });
  process.exit(exitCodes.refused);
}
