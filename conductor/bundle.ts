// The episode's outcome as data: a bundle for each patch that was put to proof, and the result made of the best of them.
// Pure; storing is fix.ts's work, applying tools/patch's.
import { sha256, shortHash } from '../schemas/hash.ts';
import type { Anchor, FilePatch, Fix, PatchBundle, Status, TestCount, Tried } from '../schemas/types.ts';
import { countLines, unifiedDiff } from '../tools/patch/diff.ts';
import { diffEdits } from '../tools/patch/edits.ts';
import { type Confidence, confidence } from './confidence.ts';
import type { Contract } from './contract.ts';
import { habitOf } from './habits.ts';
import type { Evidence } from './prove.ts';
import type { EpisodeResult } from './result.ts';
import { closer, type SearchNode } from './search.ts';
import type { Sensed } from './sense.ts';
import type { PageData, Subject } from './world.ts';

export type { Evidence } from './prove.ts';

/** A patch that was put to proof. */
export interface Finding {
  readonly node: SearchNode;
  readonly evidence: Evidence;
  readonly bundle: PatchBundle;
}

export interface BundleContext {
  readonly episode: string;
  readonly subject: Subject;
  readonly contract: Contract;
  readonly base: SearchNode | null;
  readonly testsBefore: TestCount;
  readonly tried: readonly Tried[];
  /** The error index's pages read so far, by code. */
  readonly pages: ReadonlyMap<string, PageData>;
  /** How likely the patch is right, where that is known without weighing its steps. */
  readonly confidence?: Confidence;
  /** Warnings in the functions that the patch changes. */
  readonly warned?: number;
}

/** What a bundle needs of a state that was put to proof. */
export type Proved = Pick<SearchNode, 'state' | 'errors' | 'steps'>;

export function makeBundle(node: Proved, evidence: Evidence, context: BundleContext): PatchBundle {
  const { state } = node;
  const texts = [...state.changed].map(([path, after]) => ({
    path,
    before: state.snapshot.texts.get(path) as string,
    after,
  }));
  const lines = countLines(texts);
  const judged =
    context.confidence ??
    confidence(node.steps, {
      covering: evidence.covering,
      lines: lines.added + lines.removed,
      tried: context.tried.length,
      warned: context.warned ?? 0,
    });
  const doubtful = evidence.status === 'fixed' && judged.value < context.contract.unsureBelow;
  const status: Status = evidence.status === 'fixed' && doubtful ? 'unsure' : evidence.status;
  const body = {
    v: 1 as const,
    root: context.subject.root,
    toolchain: context.subject.toolchain,
    status,
    files: texts.map(
      ({ path, before, after }): FilePatch => ({
        path,
        pre_sha256: sha256(before),
        post_sha256: sha256(after),
        edits: [...diffEdits(before, after)],
      }),
    ),
    diff: unifiedDiff(texts),
    lines_added: lines.added,
    lines_removed: lines.removed,
    errors_before: countOf(context.base),
    errors_after: node.errors.length,
    tests_before: context.testsBefore,
    tests_after: evidence.tests,
    fixes: node.steps.map((step): Fix => {
      const span = step.diagnostic.spans.find((one) => one.primary) ?? step.diagnostic.spans[0];
      return {
        candidate: step.candidate.id,
        proposer: step.candidate.proposer,
        title: step.candidate.title,
        code: step.diagnostic.code,
        message: step.diagnostic.message,
        file: span?.file ?? '',
        line: span?.line ?? 0,
        habit: { ...habitOf(step.diagnostic, step.candidate.edits) },
      };
    }),
    anchors: anchorsOf(node, context),
    confidence: judged.value,
    features: judged.features,
    risks: [...evidence.risks, ...evidence.doubts, ...(doubtful ? ['several repairs are about equally likely'] : [])],
    known_failing: [...evidence.knownFailing],
    ...(context.subject.facts.commit === null ? {} : { commit: context.subject.facts.commit }),
  };
  return { ...body, id: shortHash(JSON.stringify(body)), episode: context.episode, candidates: [...context.tried] };
}

/** The page of each code, the rules behind it and each compiler note that the patch relies on, cited by content. */
function anchorsOf(node: Proved, { subject, pages }: BundleContext): Anchor[] {
  const found = new Map<string, Anchor>();
  const add = (kind: Anchor['kind'], title: string[], page: PageData): void => {
    const id = shortHash(kind, page.sha256, '0', `${page.bytes}`);
    found.set(id, {
      v: 1,
      id,
      kind,
      title,
      source: page.source,
      sha256: page.sha256,
      start: 0,
      end: page.bytes,
      span_sha256: page.span_sha256,
    });
  };
  for (const { diagnostic } of node.steps) {
    const page = pages.get(diagnostic.code ?? '');
    if (page !== undefined) add('error-index', ['Error index', diagnostic.code as string], page);
    for (const rule of page?.rules ?? []) found.set(rule.id, rule);
    const source = `${subject.toolchain} ${diagnostic.code ?? 'error'}`;
    add('compiler-note', [diagnostic.message], pageData(source, diagnostic.message));
    for (const note of diagnostic.notes)
      add('compiler-note', [diagnostic.message, note.level, note.message], pageData(source, note.message));
  }
  return [...found.values()];
}

/** A text as a citation of the whole of it. */
export function pageData(source: string, text: string): PageData {
  return {
    source,
    sha256: sha256(text),
    bytes: Buffer.byteLength(text),
    span_sha256: sha256(text.replace(/\s+/g, ' ').trim()),
  };
}

export interface ResultContext {
  readonly sensed: Sensed;
  /** The state nearest to compiling that was reached without a proof. */
  readonly best: SearchNode | null;
  readonly context: BundleContext;
  readonly skeletons: EpisodeResult['skeletons'];
  readonly budget: EpisodeResult['budget'];
  readonly counts: { readonly cargoRuns: number; readonly candidates: number; readonly probes: number };
}

export function makeResult(findings: readonly Finding[], given: ResultContext): EpisodeResult {
  const { base, settled, testsBefore, failingTests, notes } = given.sensed;
  const errorsBefore = countOf(base);
  const { skeletons, budget } = given;
  const common = {
    episode: given.context.episode,
    errorsBefore,
    testsBefore,
    ...given.counts,
    elapsedMs: 0,
    budget,
    failingTests,
    skeletons,
  };
  const without = { ...common, bundle: null, alternatives: [], errorsAfter: errorsBefore };
  if (settled !== null) return { ...without, ...settled, testsAfter: testsBefore };
  const held = findings.filter((finding) => finding.evidence.status !== 'partial').sort(better);
  const [first] = pareto(held);
  if (first !== undefined) {
    return {
      ...common,
      status: first.bundle.status,
      reason: first.evidence.reason,
      bundle: refresh(first, given),
      errorsAfter: 0,
      testsAfter: first.evidence.tests,
      alternatives:
        first.bundle.status === 'unsure'
          ? held.filter((finding) => finding !== first).map((finding) => refresh(finding, given))
          : [],
    };
  }
  const half =
    findings.toSorted((a, b) => (b.evidence.tests?.passed ?? -1) - (a.evidence.tests?.passed ?? -1))[0] ??
    partial(given);
  if (half !== null) {
    return {
      ...common,
      status: 'partial',
      reason: half.evidence.reason,
      bundle: refresh(half, given),
      alternatives: [],
      errorsAfter: half.node.errors.length,
      testsAfter: half.evidence.tests,
    };
  }
  const nothing = given.counts.candidates === 0 ? 'no repair is known for it' : 'no candidate made it compile';
  const reason = notes[0] ?? (budget === null ? nothing : `the ${budget} budget ended the search`);
  return { ...without, status: 'unfixed', reason, testsAfter: null };
}

export function countOf(node: SearchNode | null): number {
  return node === null ? 0 : node.errors.length + (node.hidden ?? 0);
}

/** Fewer root causes than before, none proved: shown, never applied. */
function partial(given: ResultContext): Finding | null {
  const { best } = given;
  const { base } = given.sensed;
  if (base === null || best === null || !closer(best, base)) return null;
  const evidence: Evidence = {
    status: 'partial',
    reason: `${(base.hidden ?? 0) > 0 ? 'at least ' : ''}${best.errors.length} of ${countOf(base)} error(s) are left`,
    tests: null,
    covering: 0,
    knownFailing: [],
    doubts: best.steps.flatMap((step) => step.reasons),
    risks: ['it does not compile yet'],
  };
  return { node: best, evidence, bundle: makeBundle(best, evidence, given.context) };
}

/** The bundle with everything that was tried by the end of the episode. */
function refresh(finding: Finding, given: ResultContext): PatchBundle {
  return { ...finding.bundle, candidates: [...given.context.tried] };
}

/** Findings that no other beats in passes, lines and confidence at once. */
export function pareto(findings: readonly Finding[]): Finding[] {
  const facts = (finding: Finding): readonly number[] => [
    finding.bundle.status === 'fixed' ? 1 : 0,
    finding.evidence.tests?.passed ?? 0,
    -(finding.bundle.lines_added + finding.bundle.lines_removed),
    finding.bundle.confidence,
  ];
  return findings.filter((one) => {
    const own = facts(one);
    return !findings.some((other) => {
      const theirs = facts(other);
      return (
        other !== one &&
        theirs.every((value, index) => value >= (own[index] as number)) &&
        theirs.some((value, index) => value > (own[index] as number))
      );
    });
  });
}

function better(a: Finding, b: Finding): number {
  const rank = (finding: Finding): number => (finding.bundle.status === 'fixed' ? 1 : 0);
  return rank(b) - rank(a) || b.bundle.confidence - a.bundle.confidence || (a.bundle.id < b.bundle.id ? -1 : 1);
}
