// `rusta log`: the episodes that the store remembers, one episode's events, and forgetting them (they hold source).
import { RustaError } from '../../schemas/errors.ts';
import { type Command, jsonFlag } from '../command.ts';
import { renderEntry, renderEpisode } from '../render/log.ts';
import { plural } from '../text.ts';

export const log: Command = {
  name: 'log',
  describe: 'list episodes, or the steps of one; `log purge` forgets',
  positionals: [
    { name: 'episode', describe: 'an episode to list, or the word purge', completes: ['purge'] },
    { name: 'purged', describe: 'after purge: the episode to forget', completes: 'id' },
  ],
  flags: [
    { name: 'all', kind: 'switch', describe: 'with purge: forget every episode, of all crates' },
    { name: 'limit', alias: 'n', kind: 'text', value: 'N', describe: 'how many episodes to list (20)' },
    { ...jsonFlag, describe: 'print one JSON object a line' },
  ],
  examples: [
    ['log', 'the latest episodes'],
    ['log purge --all', 'forget everything, source included'],
  ],

  async run(args, { terminal, services }): Promise<number> {
    const episode = args.text('episode');
    const purged = args.text('purged');
    const json = args.on('json');
    if (episode === 'purge') {
      if ((purged === null) === !args.on('all')) throw usage('say which: log purge EPISODE, or log purge --all');
      const count = await services.purge(purged);
      terminal.out(
        json
          ? `${JSON.stringify({ v: 1, type: 'purged', episodes: count })}\n`
          : `forgot ${plural(count, 'episode')}\n`,
      );
      return 0;
    }
    if (purged !== null) throw usage(`unexpected ${JSON.stringify(purged)}`);
    if (args.on('all')) throw usage('--all goes with purge');
    if (episode !== null) {
      const entries = await services.entries(episode);
      const first = entries[0]?.at ?? 0;
      for (const entry of entries)
        terminal.out(json ? `${JSON.stringify(entry)}\n` : renderEntry(entry, first, terminal.outColors));
      return 0;
    }
    const limit = args.text('limit') ?? '20';
    if (!/^[1-9][0-9]{0,6}$/.test(limit))
      throw usage(`--limit should be a whole number from 1, found ${JSON.stringify(limit)}`);
    const episodes = (await services.episodes()).slice(0, Number(limit));
    if (episodes.length === 0 && !json) terminal.err('no episodes yet\n');
    for (const summary of episodes)
      terminal.out(json ? `${JSON.stringify(summary)}\n` : renderEpisode(summary, terminal.outColors));
    return 0;
  },
};

function usage(message: string): RustaError {
  return new RustaError(message, { code: 'usage', op: 'log', hint: 'see `rusta log --help`', exit: 'usage' });
}
