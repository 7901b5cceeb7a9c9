// What an episode came to, for a person: the patch, why it holds, and what to do next. Pure text out of data.
import { confidenceWeights } from '../../conductor/confidence.ts';
import type { EpisodeResult } from '../../conductor/result.ts';
import type { Diagnostic, PatchBundle, TestCount } from '../../schemas/types.ts';
import type { Colors } from '../terminal.ts';
import { duration, harmless, oneLine, plural } from '../text.ts';
import { renderDiff } from './diff.ts';

export interface ResultView {
  readonly colors: Colors;
  /** `rusta` or `npx rusta`: how the user calls it again. */
  readonly call: string;
  /** The first Sense's errors: listed where no patch speaks for itself. */
  readonly errors: readonly Diagnostic[];
  /** How many more it counted. */
  readonly hidden: number;
  readonly checkOnly: boolean;
  /** Files the patch was written to; null when it was not. */
  readonly applied: readonly string[] | null;
  /** A patch that a person chose where Rusta was unsure. */
  readonly chosen: PatchBundle | null;
}

const mostErrors = 10;
const mostOutputLines = 12;

/** The whole of it; ends in a newline. */
export function renderResult(result: EpisodeResult, view: ResultView): string {
  const bundle = view.chosen ?? result.bundle;
  const parts = [
    bundle ? renderDiff(bundle.diff, view.colors) : '',
    headline(result, view),
    bundle ? renderWhy(bundle, view.colors) : openErrors(result, view),
    openLints(result),
    failingTests(result, view.colors),
    skeletons(result),
    `${effort(result)}\n`,
    next(result, bundle, view),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** The same in one line, for --quiet. */
export function renderBrief(result: EpisodeResult, view: ResultView): string {
  const bundle = view.chosen ?? result.bundle;
  const patch = bundle ? ` (${bundle.id}${view.applied ? ', applied' : ''})` : '';
  return `${result.status}${patch}: ${oneLine(result.reason)}\n`;
}

function headline(result: EpisodeResult, view: ResultView): string {
  const { colors } = view;
  const paint = {
    fixed: colors.green,
    clean: colors.green,
    partial: colors.yellow,
    unsure: colors.yellow,
    unfixed: colors.red,
    refused: colors.red,
  };
  const word = view.checkOnly && result.status === 'unfixed' ? 'needs a fix' : result.status;
  return `${colors.bold(paint[result.status](word))}: ${oneLine(result.reason)}\n`;
}

/** Why a patch holds, and what speaks against it. Also what `rusta show` prints below the diff. */
export function renderWhy(bundle: PatchBundle, colors: Colors): string {
  const { errors_before: before, errors_after: after } = bundle;
  const lines = [
    // Warnings are repaired where there are no errors.
    ...(before + after === 0 ? [] : [`errors      ${before} → ${after}`]),
    `tests       ${beforeAndAfter(bundle)}`,
    `lines       +${bundle.lines_added} −${bundle.lines_removed} in ${plural(bundle.files.length, 'file')}`,
    ...bundle.fixes.flatMap((fix, index) => [
      `${index === 0 ? 'fixes' : '     '}       ${colors.bold(oneLine(fix.title))} ${colors.dim(`[${fix.proposer}]`)}`,
      `            ${oneLine(`${fix.file}:${fix.line}`)}: ${fix.code ? `${fix.code} ` : ''}${oneLine(fix.message)}`,
    ]),
    `confidence  ${bundle.confidence.toFixed(2)}${lowered(bundle)}`,
    ...(bundle.anchors.length > 0
      ? [`anchors     ${plural(bundle.anchors.length, 'source')} cited by content hash`]
      : []),
    ...(bundle.known_failing.length > 0
      ? [`known       failing, as you said: ${oneLine(bundle.known_failing.join(', '))}`]
      : []),
    ...bundle.risks.map((risk) => `${colors.yellow('risk')}        ${oneLine(risk)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function beforeAndAfter({ tests_before: before, tests_after: after }: PatchBundle): string {
  if (isEmpty(after) || (after === null && isEmpty(before))) return 'there are none';
  return `${tests(before, 'could not be built')} → ${tests(after, 'not run')}`;
}

function isEmpty(count: TestCount): boolean {
  return count !== null && count.passed + count.failed + count.ignored === 0;
}

function tests(count: TestCount, none: string): string {
  if (count === null) return none;
  const parts = [`${count.passed} passed`];
  if (count.failed > 0) parts.push(`${count.failed} failed`);
  if (count.ignored > 0) parts.push(`${count.ignored} ignored`);
  if (count.flaky && count.flaky.length > 0) parts.push(`flaky: ${oneLine(count.flaky.join(', '))}`);
  return parts.join(', ');
}

/** What pulls a confidence down, in words; the weights are conductor/confidence.ts's. */
const doubts: Readonly<Record<string, string | ((value: number) => string)>> = {
  // Log-odds before anything was checked.
  score: (odds) => `of repairs like it about 1 in ${Math.round(1 + Math.exp(-odds))} is right`,
  rivals: 'other patches hold as well',
  filled: 'a value was chosen by its type alone',
  signature: 'it changes a signature',
  public_signature: 'others may call what it changes',
  warned: 'the compiler warns about what it wrote',
  blind: 'it was found by trying small edits',
  promises: 'it takes a value to be there',
  clones: 'it clones',
  unlike: 'the new text is unlike the old one',
  reorders: 'it moves statements',
  literals: 'it brings in a literal',
  order: 'it was not the first thought',
  steps: 'it takes several steps',
  lines: 'it changes many lines',
  removes: 'it removes code',
  invents: 'it invents behaviour',
  unlikely: 'a step is unlikely',
};
/** Log-odds below which a feature is worth a word. */
const worthSaying = -0.3;

function lowered(bundle: PatchBundle): string {
  const pulls = Object.entries(bundle.features)
    .map(([name, value]) => ({ name, value, pull: (confidenceWeights[name] ?? 0) * value }))
    .filter(({ name, pull }) => pull < worthSaying && name in doubts)
    .sort((a, b) => a.pull - b.pull || (a.name < b.name ? -1 : 1));
  const words = [
    ...(bundle.features.covered === 0 ? ['no test covers the change'] : []),
    ...pulls.map(({ name, value }) => {
      const words = doubts[name];
      return typeof words === 'function' ? words(value) : words;
    }),
  ];
  return words.length > 0 ? `, lowered: ${words.join('; ')}` : '';
}

/** The root causes as the compiler words them, where no patch is shown. */
function openErrors(result: EpisodeResult, view: ResultView): string {
  if (result.status === 'clean' || view.errors.length === 0) return '';
  const roots = view.errors.filter((error) => error.root === null);
  const lines = roots.slice(0, mostErrors).map((error) => {
    const span = error.spans.find(({ primary }) => primary) ?? error.spans[0];
    const place = span ? `${span.file}:${span.line}:${span.column}: ` : '';
    return `  ${oneLine(place)}${error.code ? `${error.code} ` : ''}${oneLine(error.message)}`;
  });
  const more = Math.max(0, roots.length - mostErrors) + view.hidden;
  if (more > 0) lines.push(`  and ${more} more`);
  return `${lines.join('\n')}\n`;
}

/** The warnings that are left for a person. */
function openLints({ lints }: EpisodeResult): string {
  if (lints === undefined || lints.left.length === 0) return '';
  const lines = lints.left.slice(0, mostErrors).map(({ file, line, code, message, why }) => {
    const kept = why === undefined ? '' : ` (${oneLine(why)})`;
    return `  ${oneLine(`${file}:${line}`)}: ${code ? `${code} ` : ''}${oneLine(message)}${kept}`;
  });
  if (lints.left.length > mostErrors) lines.push(`  and ${lints.left.length - mostErrors} more`);
  return `${plural(lints.left.length, 'warning')} of ${lints.before} left:\n${lines.join('\n')}\n`;
}

function failingTests(result: EpisodeResult, colors: Colors): string {
  if (result.failingTests.length === 0) return '';
  const lines = result.failingTests.flatMap((test) => [
    `${colors.red(test.verdict)} ${oneLine(test.name)} (${oneLine(test.target)})`,
    ...harmless(test.output)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-mostOutputLines)
      .map((line) => colors.dim(`    ${line}`)),
  ]);
  return `${lines.join('\n')}\nThe code compiles; repairing what it computes is not what rusta does.\n`;
}

function skeletons(result: EpisodeResult): string {
  return result.skeletons
    .map(({ file, line, text }) => {
      const body = harmless(text).replace(/\n$/, '').split('\n');
      return `A body is yours to write at ${oneLine(file)}:${line}\n${body.map((own) => `    ${own}`).join('\n')}\n`;
    })
    .join('\n');
}

function effort(result: EpisodeResult): string {
  const parts = [
    plural(result.candidates, 'candidate'),
    plural(result.probes, 'probe'),
    plural(result.cargoRuns, 'compiler run'),
  ];
  return `${parts.join(', ')} in ${duration(result.elapsedMs)}`;
}

const wider = {
  time: 'the time ran out: a longer --time searches on',
  candidates: 'the candidate budget ran out: a larger --budget searches on',
  probes: 'the probe budget ran out: more --probes let it look further',
  interrupted: 'it was interrupted',
} as const;

/** What is true of the user's files now, and the commands that make sense. */
function next(result: EpisodeResult, bundle: PatchBundle | null, view: ResultView): string {
  const { call } = view;
  const budget = result.budget ? `${wider[result.budget]}\n` : '';
  if (bundle && view.applied) {
    return `applied to ${oneLine(view.applied.join(', '))}\nundo it:   ${call} rollback ${bundle.id}\n`;
  }
  switch (result.status) {
    case 'fixed':
      return bundle ? `apply it:  ${call} apply ${bundle.id}\n` : '';
    case 'unsure': {
      if (!bundle) return `nothing was changed\n${budget}`;
      if (view.chosen) return `nothing was changed\napply it:  ${call} apply ${bundle.id}\n`;
      const others = result.alternatives.map(
        ({ id, fixes }) => `or:        ${call} apply ${id}   ${oneLine(fixes.map(({ title }) => title).join('; '))}\n`,
      );
      return `nothing was changed: whether this is what you meant is yours to say\napply it:  ${call} apply ${bundle.id}\n${others.join('')}${budget}`;
    }
    case 'partial':
      return `nothing was changed: a partial repair is shown, never applied\n${budget}`;
    case 'unfixed':
      return view.checkOnly
        ? `repair it: ${call} fix${result.lints === undefined ? '' : ' --lints'}\n`
        : `nothing was changed\n${budget}`;
    case 'refused':
      return 'nothing was run or changed\n';
    case 'clean':
      return '';
  }
}
