// Crates and pages that evaluation uses, and teaching material made of exercises: left out of training on principle.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';

const manifest = fileURLToPath(new URL('evaluation/Cargo.toml', import.meta.url));

/** Names of the crates that faults are put into for evaluation. */
export function evaluationCrates(): Set<string> {
  const { dependencies } = parse(readFileSync(manifest, 'utf8'));
  return new Set(Object.keys(dependencies as Record<string, unknown>));
}

/** Books whose failing and following blocks evaluation repairs. */
export const evaluationBooks: ReadonlySet<string> = new Set(['book', 'error_codes']);

/** Names of crates and repositories that hold exercises with their solutions. */
export const exercises: RegExp =
  /exercis|rustlings|exercism|kata|koans|advent[-_]?of[-_]?code|aoc\d|leetcode|codewars|tutorial|bootcamp|100-exercises/i;

/** Chapters of Rust by Example that set a task and solve it. */
export function isExercise(text: string): boolean {
  return /^#+ (?:Activity|Exercises?|Try it yourself|Task)\b/m.test(text);
}
