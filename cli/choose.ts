// The question that `unsure` ends in where a person is there to answer: which of the ranked patches is meant?
import type { EpisodeResult } from '../conductor/result.ts';
import type { PatchBundle } from '../schemas/types.ts';
import type { Context } from './command.ts';
import { renderDiff } from './render/diff.ts';
import { oneLine } from './text.ts';

const mostChoices = 9;

/**
 * The patch that the person wants written, or null. With `apply` a choice is enough; without it a yes is asked for.
 * An empty line, the end of input or Ctrl-C choose nothing.
 */
export async function choose(result: EpisodeResult, apply: boolean, context: Context): Promise<PatchBundle | null> {
  const { terminal, signal } = context;
  const offered = [...(result.bundle ? [result.bundle] : []), ...result.alternatives]
    .filter(applicable)
    .slice(0, mostChoices);
  if (offered.length === 0) return null;
  const colors = terminal.errColors;
  terminal.err(`${colors.yellow('unsure')}: ${oneLine(result.reason)}\n\n`);
  for (const [index, bundle] of offered.entries()) {
    const title = bundle.fixes.map((fix) => fix.title).join('; ') || bundle.id;
    terminal.err(`${colors.bold(`${index + 1}  ${oneLine(title)}`)}  (confidence ${bundle.confidence.toFixed(2)})\n`);
    terminal.err(`${renderDiff(bundle.diff, colors)}\n`);
  }
  const range = offered.length === 1 ? '1' : `1-${offered.length}`;
  for (;;) {
    const answer = (await terminal.ask(`Which one is meant? [${range}, Enter for none] `, signal))?.trim();
    if (!answer) return null;
    const bundle = /^[0-9]$/.test(answer) ? offered[Number(answer) - 1] : undefined;
    if (bundle === undefined) continue;
    if (apply) return bundle;
    const yes = await terminal.ask('Write it to your files? [y/N] ', signal);
    return /^(y|yes)$/i.test(yes?.trim() ?? '') ? bundle : null;
  }
}

/** `fixed`, or `unsure` whose check passed and whose tests fail nowhere they did not before. */
export function applicable(bundle: PatchBundle): boolean {
  if (bundle.status === 'fixed') return true;
  const { tests_before: before, tests_after: after } = bundle;
  const mayFail = Math.max(before?.failed ?? 0, bundle.known_failing.length);
  return bundle.status === 'unsure' && bundle.errors_after === 0 && after !== null && after.failed <= mayFail;
}
