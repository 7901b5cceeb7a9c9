// Whether what a candidate puts at a place has the type that the compiler expects there: answers of probes, read for the
// ranking. A candidate whose type nothing is known about says nothing. What was asked is the proposers' choice.
import type { Observation } from '../schemas/types.ts';
import { derefs, matches, parseType, type RustType } from './proposers/support/rust-type.ts';
import type { KnownName, NamesData, TypeData } from './questions.ts';
import type { Candidate } from './types.ts';

export type Agreement = 'agrees' | 'differs' | 'unknown';

/** Judged by the first edit that stands where an expected type is known; a call's expected type is its callee's result. */
export function agreementOf(candidate: Candidate, observations: readonly Observation[]): Agreement {
  const wanted = observations
    .filter(({ tool, data }) => tool === 'probe_type' && data.want === 'expected' && typeof data.type === 'string')
    .map(({ data }) => data as unknown as TypeData);
  for (const edit of candidate.edits) {
    const at = wanted.find(({ file, start, end }) => file === edit.file && start === edit.start && edit.end <= end);
    const expected = at?.type === undefined ? null : parseType(at.type);
    const name = expected === null ? null : knownName(edit.text, observations);
    if (at === undefined || expected === null || name === null) continue;
    // Of a place that is wider than the edit, a call, a function alone gives the type.
    if (edit.end < at.end && name.kind !== 'function' && name.kind !== 'method') continue;
    const type = typeOfName(name, observations);
    if (type !== null) return fits(type, expected) ? 'agrees' : 'differs';
  }
  return 'unknown';
}

/** The declared type of a name, else the one that the compiler gave for its declaration. */
export function typeOfName(name: KnownName, observations: readonly Observation[]): RustType | null {
  if (name.kind === 'self') return null;
  if (name.type !== null) return parseType(name.type);
  const { declared } = name;
  if (declared === null) return null;
  for (const { tool, data } of observations) {
    if (tool !== 'probe_type') continue;
    const { file, start, end, want, type } = data as unknown as TypeData;
    if (file !== declared.file || start !== declared.start || end !== declared.end || want !== 'type') continue;
    return type === undefined ? null : parseType(type);
  }
  return null;
}

/** Whether a value of one type may stand where another is expected: equal, or a reference that derefs to it. */
export function fits(found: RustType, expected: RustType): boolean {
  if (matches(found, expected)) return true;
  return (
    found.kind === 'ref' &&
    expected.kind === 'ref' &&
    found.mutable === expected.mutable &&
    derefs(found.of, expected.of)
  );
}

function knownName(path: string, observations: readonly Observation[]): KnownName | null {
  for (const { tool, data } of observations) {
    if (tool !== 'probe_names') continue;
    const found = (data as unknown as NamesData).names?.find((name) => name.path === path);
    if (found !== undefined) return found;
  }
  return null;
}
