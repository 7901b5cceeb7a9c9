// `rusta doctor`: what `rusta fix` would find on this machine, what to do where it would not work, and what the engine runs on.
import { exitCodes } from '../../schemas/errors.ts';
import { type Command, jsonFlag } from '../command.ts';
import { loadConfig } from '../config.ts';
import { askedOf, deviceFlags } from '../device.ts';
import type { RankingChoice } from '../services.ts';
import { harmless } from '../text.ts';

export const doctor: Command = {
  name: 'doctor',
  describe: 'check toolchain, sandbox, store, disk and engine',
  positionals: [],
  flags: [...deviceFlags, jsonFlag],

  async run(args, { terminal, services, cwd, env }): Promise<number> {
    const checks = await services.doctor(cwd, chosenBy(env), askedOf(args));
    const ok = checks.every((check) => check.ok || !check.needed);
    if (args.on('json')) {
      terminal.out(`${JSON.stringify({ v: 1, type: 'doctor', ok, checks })}\n`);
    } else {
      const colors = terminal.outColors;
      const wide = Math.max(...checks.map(({ name }) => name.length));
      for (const [index, check] of checks.entries()) {
        const name = checks[index - 1]?.name === check.name ? '' : check.name;
        const mark = check.ok ? colors.green('ok  ') : check.needed ? colors.red('fail') : colors.yellow('note');
        terminal.out(`${mark}  ${name.padEnd(wide)}  ${harmless(check.detail)}\n`);
        if (!check.ok && check.remedy)
          terminal.out(`      ${' '.repeat(wide)}  ${colors.cyan('do:')} ${check.remedy}\n`);
      }
      terminal.out(
        ok ? '\nrusta fix works here, isolated\n' : '\nrusta fix does not work here as it should; see above\n',
      );
    }
    if (ok) return exitCodes.ok;
    return checks.some(({ name, ok: fine }) => name === 'toolchain' && !fine)
      ? exitCodes.toolchain
      : exitCodes.notFixed;
  },
};

/** A crate has no say in it. A configuration that cannot be read is `rusta fix`'s to refuse. */
function chosenBy(env: Readonly<Record<string, string | undefined>>): RankingChoice {
  try {
    const { settings, from } = loadConfig({ env, root: null, flags: new Map() });
    return { policy: settings.policy, why: from.get('policy') ?? 'by default', checkpoint: settings.checkpoint };
  } catch (error) {
    return { policy: 'prior', why: `the settings cannot be read: ${(error as Error).message}`, checkpoint: null };
  }
}
