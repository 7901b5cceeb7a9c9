// From the records of an evaluation to its figures. Pure. Shares are over all cases that judge, whatever became of them:
// a case that crashed, or that nothing was found for, counts as not repaired.
import type { CaseRecord } from './record.ts';
import { auroc, calibrationError, type Estimate, type Graded, mcnemar, quantile, type Sample, share } from './stats.ts';

export interface Figures {
  /** Cases that judge, and those of them with hidden tests or an output to compare. */
  readonly cases: number;
  readonly telling: number;
  /** What it left compiles: of all cases. */
  readonly compileFix: Estimate;
  /** The same with no item, statement or arm removed. */
  readonly wholeFix: Estimate;
  /** Called `fixed`, and right: of the telling cases. */
  readonly testFix: Estimate;
  /** Called `fixed`, and not right: of what it called `fixed`, and of all telling cases. */
  readonly wrong: Estimate;
  readonly wrongOfAll: Estimate;
  readonly unsure: Estimate;
  /** `unsure` whose first offer is right: of the telling cases. */
  readonly offeredRight: Estimate;
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
  /** Median seconds of the right repairs. */
  readonly p50SecondsRight: number | null;
  readonly p90SecondsRight: number | null;
  /** Medians over right repairs whose known fix is there: lines changed beyond the known fix's. */
  readonly linesOver: number | null;
  readonly lines: number | null;
  readonly linesKnown: number | null;
  readonly cargoRuns: number | null;
  readonly candidates: number | null;
  /** Median over the right repairs: candidates tried before the one. */
  readonly candidatesBefore: number | null;
}

export interface Calibration {
  /** Claims and offers with a confidence whose being right is known. */
  readonly n: number;
  readonly auroc: number | null;
  readonly calibrationError: number | null;
  /** Of those with confidence 0.9 or more: the share that is right, and of all right ones the share that is among them. */
  readonly precisionAt90: number | null;
  readonly coverageAt90: number | null;
}

/** What of a record counts: excluded ones do not. */
export function counted(records: readonly CaseRecord[]): CaseRecord[] {
  return records.filter((one) => one.excluded === null);
}

export function isRight(one: CaseRecord): boolean {
  return one.status === 'fixed' && one.verdict?.right === true;
}

/** Called `fixed` and shown wrong by hidden tests, by what it prints, or by not compiling at all. */
export function isWrong(one: CaseRecord): boolean {
  return one.status === 'fixed' && one.verdict !== null && (one.verdict.right === false || !one.verdict.compiles);
}

const tells = (one: CaseRecord): boolean => one.verdict !== null && one.verdict.right !== null;

export function figures(records: readonly CaseRecord[]): Figures {
  const cases = counted(records);
  const telling = cases.filter(tells);
  const right = telling.filter(isRight);
  const claimed = cases.filter((one) => one.status === 'fixed' && (tells(one) || isWrong(one)));
  const of = (list: readonly CaseRecord[], hit: (one: CaseRecord) => boolean): Estimate =>
    share(list.map((one): Sample => ({ group: one.group, hit: hit(one) })));
  const median = (list: readonly CaseRecord[], value: (one: CaseRecord) => number | null): number | null =>
    at(list, value, 0.5);
  const known = right.filter(({ lines, linesKnown }) => lines !== null && linesKnown !== null);
  return {
    cases: cases.length,
    telling: telling.length,
    compileFix: of(cases, (one) => one.verdict?.compiles === true),
    wholeFix: of(cases, (one) => one.verdict?.compiles === true && one.removed === 0),
    testFix: of(telling, isRight),
    wrong: of(claimed, isWrong),
    wrongOfAll: of(telling, isWrong),
    unsure: of(cases, (one) => one.status === 'unsure'),
    offeredRight: of(telling, (one) => one.offered?.right === true),
    p50Seconds: median(cases, (one) => one.seconds),
    p90Seconds: at(cases, (one) => one.seconds, 0.9),
    p50SecondsRight: median(right, (one) => one.seconds),
    p90SecondsRight: at(right, (one) => one.seconds, 0.9),
    linesOver: median(known, (one) => (one.lines as number) - (one.linesKnown as number)),
    lines: median(known, (one) => one.lines),
    linesKnown: median(known, (one) => one.linesKnown),
    cargoRuns: median(cases, (one) => one.cargoRuns),
    candidates: median(cases, (one) => one.candidates),
    candidatesBefore: median(right, (one) => one.candidatesBefore),
  };
}

function at(list: readonly CaseRecord[], value: (one: CaseRecord) => number | null, q: number): number | null {
  return quantile(
    list.map(value).filter((one) => one !== null),
    q,
  );
}

/** What was claimed or offered with a confidence, and was judged. */
export function claimsOf(records: readonly CaseRecord[]): readonly Graded[] {
  return counted(records).flatMap((one): Graded[] => {
    const right = one.status === 'fixed' ? one.verdict?.right : one.status === 'unsure' ? one.offered?.right : null;
    return one.confidence === null || right === null || right === undefined
      ? []
      : [{ confidence: one.confidence, right }];
  });
}

export function calibration(records: readonly CaseRecord[]): Calibration {
  const claims = claimsOf(records);
  const sure = claims.filter(({ confidence }) => confidence >= 0.9);
  const rights = claims.filter(({ right }) => right).length;
  const sureRights = sure.filter(({ right }) => right).length;
  return {
    n: claims.length,
    auroc: auroc(claims),
    calibrationError: calibrationError(claims),
    precisionAt90: sure.length === 0 ? null : sureRights / sure.length,
    coverageAt90: rights === 0 ? null : sureRights / rights,
  };
}

/** Records by a key, the largest part first. */
export function partition(records: readonly CaseRecord[], key: (one: CaseRecord) => string): [string, CaseRecord[]][] {
  const parts = new Map<string, CaseRecord[]>();
  for (const one of counted(records)) {
    const name = key(one);
    const part = parts.get(name);
    if (part === undefined) parts.set(name, [one]);
    else part.push(one);
  }
  return [...parts].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
}

export interface Comparison {
  /** Cases that both evaluations judged, by name and content. */
  readonly cases: number;
  /** Right now and not before; the other way round. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** Exact McNemar, two-sided. */
  readonly p: number;
  /** The same for what is called `fixed` and wrong: new mistakes, and mistakes no longer made. */
  readonly newlyWrong: readonly string[];
  readonly noLongerWrong: readonly string[];
}

export function compare(now: readonly CaseRecord[], old: readonly CaseRecord[]): Comparison {
  const before = new Map(counted(old).map((one) => [`${one.case} ${one.hash}`, one]));
  const pairs = counted(now).flatMap((one): [CaseRecord, CaseRecord][] => {
    const was = before.get(`${one.case} ${one.hash}`);
    return was === undefined ? [] : [[was, one]];
  });
  const changed = (holds: (one: CaseRecord) => boolean, into: boolean): string[] =>
    pairs.filter(([was, is]) => holds(was) !== into && holds(is) === into).map(([, is]) => is.case);
  const gained = changed(isRight, true);
  const lost = changed(isRight, false);
  return {
    cases: pairs.length,
    gained,
    lost,
    p: mcnemar(gained.length, lost.length),
    newlyWrong: changed(isWrong, true),
    noLongerWrong: changed(isWrong, false),
  };
}
