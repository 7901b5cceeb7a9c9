// Root causes before followers: which error has to wait because it comes from another one. Pure, and conservative: an
// error is a root unless one of five rules says why not. A follower is not forgotten, it is looked at again once its
// root is gone.
import type { Diagnostic, Span } from '../../schemas/types.ts';
import { primarySpan } from './diagnostics.ts';
import { phaseOf, phases } from './taxonomy.ts';

export { type Phase, phaseOf, phases } from './taxonomy.ts';

/** Errors with `root` set, roots first, each part by phase and place; then everything that is not an error. */
export function rankCauses(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const errors = diagnostics.filter(isError);
  const inPhaseOrder = phases.flatMap((name) => errors.filter((error) => phaseOf(error) === name));
  const ranked: Diagnostic[] = [];
  for (const error of inPhaseOrder) {
    const cause = comesOfClosure(error, errors) ?? causeOf(error, ranked);
    // A follower of a follower waits for the first of the chain: that one is what gets repaired.
    ranked.push(cause === null ? error : { ...error, root: cause.root ?? cause.id });
  }
  return [
    ...ranked.filter((error) => error.root === null),
    ...ranked.filter((error) => error.root !== null),
    ...diagnostics.filter((other) => !isError(other)),
  ];
}

/**
 * A type that "may not live long enough" where a closure borrows what it should own: the borrow is the cause, although it is found in a
 * later phase.
 */
function comesOfClosure(error: Diagnostic, others: readonly Diagnostic[]): Diagnostic | null {
  const place = error.code === 'E0310' || error.code === 'E0311' ? primarySpan(error) : null;
  if (place === null) return null;
  return (
    others.find((other) => {
      const closure = other.code === 'E0373' && isError(other) ? primarySpan(other) : null;
      return closure !== null && contains(place, closure);
    }) ?? null
  );
}

export function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.level === 'error' || diagnostic.level === 'ice';
}

/** The error before it that this one follows from. `earlier` holds errors of earlier phases, then its own, in order. */
function causeOf(error: Diagnostic, earlier: readonly Diagnostic[]): Diagnostic | null {
  for (const cause of earlier) {
    const before = phases.indexOf(phaseOf(cause)) < phases.indexOf(phaseOf(error));
    if (samePlace(error, cause) && (before || cause.code === error.code)) return cause;
    if (before && (touches(error, cause) || usesMissingName(error, cause) || isUnderBrokenText(error, cause))) {
      return cause;
    }
    if (repeatsMissingName(error, cause)) return cause;
  }
  // The compiler itself says that a type in it could not be determined because of an earlier error.
  if (/\{type error\}|\[type error\]/.test(error.message)) return nearest(error, earlier);
  return null;
}

/** Rule 1: both point at exactly the same text. */
function samePlace(a: Diagnostic, b: Diagnostic): boolean {
  const first = primarySpan(a);
  const second = primarySpan(b);
  return (
    first !== null &&
    second !== null &&
    first.file === second.file &&
    first.start === second.start &&
    first.end === second.end
  );
}

/** Rule 2: something that the error points at (a definition, an expression) holds the cause's own place. */
function touches(error: Diagnostic, cause: Diagnostic): boolean {
  const broken = primarySpan(cause);
  if (broken === null || broken.end === broken.start) return false;
  const pointed = [...error.spans, ...error.notes.flatMap((note) => note.spans)].filter((span) => !span.expansion);
  return pointed.some((span) => contains(span, broken) || contains(broken, span));
}

function contains(outer: Span, inner: Span): boolean {
  return outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end;
}

/** Rule 3: it speaks of a name that the cause could not find: an import, a type, a derive macro. */
function usesMissingName(error: Diagnostic, cause: Diagnostic): boolean {
  const name = missingName(cause);
  return name !== null && quoted(error.message).some((text) => text.split(/[^\p{XID_Continue}]+/u).includes(name));
}

/** Rule 3, the same name missing again: one import or definition serves all its uses in the file. */
function repeatsMissingName(error: Diagnostic, cause: Diagnostic): boolean {
  const name = missingName(cause);
  return (
    name !== null &&
    missingName(error) === name &&
    primarySpan(error)?.file === primarySpan(cause)?.file &&
    error.message === cause.message
  );
}

/** Rule 4: the text around it did not parse; the compiler guessed how to go on. The reach is the cause's own lines. */
function isUnderBrokenText(error: Diagnostic, cause: Diagnostic): boolean {
  const place = primarySpan(error);
  if (phaseOf(cause) !== 'parse' || place === null) return false;
  return cause.spans.some(
    (span) => span.file === place.file && span.line <= place.end_line && place.line <= span.end_line,
  );
}

/** The last segment of the name that an error of resolution says is not there. */
function missingName(error: Diagnostic): string | null {
  if (
    error.class !== 'resolution' ||
    !/^(cannot find|unresolved import|failed to resolve|use of un)/.test(error.message)
  ) {
    return null;
  }
  return quoted(error.message)[0]?.split('::').at(-1) ?? null;
}

/** What a message puts between backticks. */
function quoted(message: string): string[] {
  return [...message.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
}

function nearest(error: Diagnostic, earlier: readonly Diagnostic[]): Diagnostic | null {
  const file = primarySpan(error)?.file;
  const candidates = earlier.filter((cause) => phases.indexOf(phaseOf(cause)) < phases.indexOf('borrow'));
  return candidates.findLast((cause) => primarySpan(cause)?.file === file) ?? candidates.at(-1) ?? null;
}
