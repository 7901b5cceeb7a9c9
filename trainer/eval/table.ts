// An evaluation as text: the headline, the parts by class and by code, what was excluded, what changed. Pure; colours and
// where it is written are cli/'s work.
import { type Calibration, type Comparison, calibration, counted, figures, isWrong, partition } from './figures.ts';
import type { Misfit } from './layout.ts';
import type { CaseRecord } from './record.ts';
import type { Estimate } from './stats.ts';

/** Rows in columns: the first to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const pad = (cell: string, index: number): string =>
    index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)}%`);
const number = (value: number | null, digits = 1): string =>
  value === null ? '–' : String(Number(value.toFixed(digits)));
const interval = ({ low, high }: Estimate): string =>
  low === null || high === null ? '' : `${percent(low)} to ${percent(high)}`;

export function headline(records: readonly CaseRecord[]): string {
  const all = figures(records);
  const rows: [string, Estimate, string][] = [
    ['compile-fix', all.compileFix, 'of all cases: what it left compiles'],
    ['nothing removed', all.wholeFix, 'the same, with no item, statement or arm fewer'],
    ['test-fix', all.testFix, 'called fixed, and hidden tests and output agree'],
    ['wrong', all.wrong, 'of what it called fixed: they do not'],
    ['wrong of all', all.wrongOfAll, 'the same, of all cases that can tell'],
    ['unsure', all.unsure, 'of all cases: it offers, and does not claim'],
    ['offered right', all.offeredRight, 'unsure, and the first offer is right'],
  ];
  const estimates = rows.map(([name, estimate, what]) => [
    name,
    percent(estimate.value),
    interval(estimate),
    String(estimate.n),
    ` ${what}`,
  ]);
  const more = [
    [
      'seconds',
      `p50 ${number(all.p50Seconds)}, p90 ${number(all.p90Seconds)}; of right repairs p50 ${number(all.p50SecondsRight)}, p90 ${number(all.p90SecondsRight)}`,
    ],
    [
      'lines changed',
      `${number(all.lines)} where the known fix changes ${number(all.linesKnown)}; median difference ${number(all.linesOver)}`,
    ],
    ['cargo runs', number(all.cargoRuns)],
    ['candidates', `${number(all.candidates)}; ${number(all.candidatesBefore)} before the right one`],
    ['confidence', confidence(calibration(records))],
  ];
  const table = columns([['', 'share', '95% interval', 'cases', ''], ...estimates]);
  return `${table}\n\n${more.map(([name = '', text = '']) => `${name.padEnd(14)} ${text}`).join('\n')}`;
}

function confidence({ n, auroc, calibrationError, precisionAt90, coverageAt90 }: Calibration): string {
  if (n === 0) return '–';
  const ranks = auroc === null ? '–' : auroc.toFixed(2);
  const calibrated = calibrationError === null ? '–' : calibrationError.toFixed(3);
  return `AUROC ${ranks}, calibration error ${calibrated}, at 0.9 or more ${percent(precisionAt90)} right with ${percent(coverageAt90)} of the right ones (${n} claims and offers)`;
}

/** One row a part: what is in it and what became of it. */
export function parts(records: readonly CaseRecord[], name: string, key: (one: CaseRecord) => string): string {
  const head = [name, 'cases', 'compile', 'test-fix', 'wrong', 'unsure', 'offered', 'p50 s', 'lines', 'known', 'tried'];
  const rows = partition(records, key).map(([part, list]) => {
    const one = figures(list);
    const wrong = list.filter(isWrong).length;
    return [
      part,
      String(one.cases),
      percent(one.compileFix.value),
      percent(one.testFix.value),
      `${wrong} of ${one.wrong.n}`,
      percent(one.unsure.value),
      percent(one.offeredRight.value),
      number(one.p50Seconds),
      number(one.lines),
      number(one.linesKnown),
      number(one.candidatesBefore),
    ];
  });
  return columns([head, ...rows]);
}

/** What counted in no figure, by name; empty when everything did. */
export function leftOut(records: readonly CaseRecord[], misfits: readonly Misfit[]): string {
  const excluded = records.flatMap((one) => (one.excluded === null ? [] : [{ name: one.case, why: one.excluded }]));
  const all = [...misfits, ...excluded];
  if (all.length === 0) return '';
  const lines = all.map(({ name, why }) => `  ${name}: ${why}`);
  return `excluded: ${all.length} of ${all.length + counted(records).length}\n${lines.join('\n')}`;
}

/** Cases that it called fixed and that are not, with what shows it. */
export function mistakes(records: readonly CaseRecord[]): string {
  const lines = counted(records)
    .filter(isWrong)
    .map((one) => {
      const { verdict, proposers } = one;
      const why = !verdict?.compiles
        ? 'does not compile'
        : verdict.tests === 'fail'
          ? `fails ${verdict.failing.join(', ')}`
          : 'prints something else';
      return `  ${one.case} (${one.code ?? 'no code'}): ${why}${proposers.length > 0 ? `; by ${[...new Set(proposers)].join(', ')}` : ''}`;
    });
  return lines.length === 0 ? '' : `wrong: ${lines.length}\n${lines.join('\n')}`;
}

export function comparison(result: Comparison): string {
  const list = (name: string, cases: readonly string[]): string =>
    cases.length === 0 ? '' : `\n${name}:\n${cases.map((one) => `  ${one}`).join('\n')}`;
  const { gained, lost, newlyWrong, noLongerWrong } = result;
  return [
    `compared over ${result.cases} cases: ${gained.length} gained, ${lost.length} lost (exact McNemar p = ${result.p.toPrecision(2)}); `,
    `${newlyWrong.length} newly wrong, ${noLongerWrong.length} no longer`,
    list('gained', gained),
    list('lost', lost),
    list('newly wrong', newlyWrong),
    list('no longer wrong', noLongerWrong),
  ].join('');
}

/** The whole report. */
export function report(
  records: readonly CaseRecord[],
  misfits: readonly Misfit[],
  compared: Comparison | null,
): string {
  const blocks = [
    headline(records),
    parts(records, 'class', (one) => one.class ?? 'none'),
    parts(records, 'code', (one) => one.code ?? 'no code'),
    records.some((one) => one.recipe !== null) ? parts(records, 'recipe', (one) => one.recipe ?? 'none') : '',
    mistakes(records),
    leftOut(records, misfits),
    compared === null ? '' : comparison(compared),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}
