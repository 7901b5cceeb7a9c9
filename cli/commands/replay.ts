// `rusta replay`: decides an episode again from its log, without cargo, and says whether it came to the same patch.
import { exitCodes } from '../../schemas/errors.ts';
import { type Command, jsonFlag } from '../command.ts';
import { oneLine } from '../text.ts';

export const replay: Command = {
  name: 'replay',
  describe: 'decide an episode again from its log',
  positionals: [
    {
      name: 'episode',
      describe: "an episode's id or the start of it, from `rusta log`",
      required: true,
      completes: 'id',
    },
  ],
  flags: [{ ...jsonFlag, describe: 'print one event a line on stdout, the outcome last' }],

  async run(args, { terminal, services }): Promise<number> {
    const json = args.on('json');
    const progress = json ? null : new (await import('../progress.ts')).Progress(terminal);
    try {
      const outcome = await services.replay(args.text('episode') ?? '', (event) =>
        progress ? progress.event(event) : terminal.out(`${JSON.stringify(event)}\n`),
      );
      progress?.stop();
      if (json) terminal.out(`${JSON.stringify({ v: 1, type: 'replayed', ...outcome })}\n`);
      else if (outcome.same)
        terminal.out(
          `the same decisions, ${outcome.logged ? `the same patch ${outcome.logged}` : 'and no patch as before'}\n`,
        );
      else
        terminal.out(`different: ${oneLine(outcome.difference ?? `${outcome.logged} became ${outcome.replayed}`)}\n`);
      return outcome.same ? exitCodes.ok : exitCodes.notFixed;
    } finally {
      progress?.stop();
    }
  },
};
