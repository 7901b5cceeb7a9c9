// A program in a real process: its streams, its signals, its end. Everything else is main.ts's work.
import { setFlagsFromString } from 'node:v8';
import { exitCodes } from '../schemas/errors.ts';
import type { Program } from './command.ts';
import { setEngineFlags } from './flags.ts';
import { houseServices } from './house.ts';
import { main } from './main.ts';
import { asRustaError, reportError } from './report.ts';
import { Terminal } from './terminal.ts';

/** Runs `argv` and ends the process. */
export async function start(program: Program, argv: readonly string[]): Promise<never> {
  // V8 lets the heap grow to several times what is alive; a file of 100,000 lines is to be held in 250 MB.
  setFlagsFromString('--optimize-for-size');
  setEngineFlags();
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
