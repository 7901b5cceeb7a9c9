// Candidates that compile in place of one another: which of them do the same in other words, and how the odds stand between
// those that do not. Which ones are checked is episode.ts's choice. Pure.
import type { CrateState } from './state.ts';

/** How a repair stands among the candidates for the same error. */
export interface Rivalry {
  /** Its share, by the ranking's odds, among those that hold too and do something else; 1 where there are none. */
  readonly share: number;
  /** Candidates nearly as likely that were checked and do not hold. */
  readonly beaten: number;
}

/** A candidate with the state it makes. */
export interface Contestant {
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
  readonly state: CrateState;
}

/** Log-odds behind another candidate within which one is nearly as likely. */
export const closeness = 2.5;

/** `held` and `failed` are the other candidates that were checked for the same error; `held` may hold `own`. */
export function rivalryOf(
  own: Contestant,
  held: readonly Contestant[],
  failed: readonly { readonly score: number }[],
): Rivalry {
  const others = held.filter((other) => other !== own && other.state.id !== own.state.id && !alike(own, other));
  const sum = others.reduce((total, other) => total + Math.exp(Math.min(other.score - own.score, 20)), 1);
  return { share: 1 / sum, beaten: failed.filter(({ score }) => score >= own.score - closeness).length };
}

/**
 * Whether two repairs differ only in how a value is handed over (`&x`, `x.clone()`, `x.iter()`), in what is mutable, visible,
 * derived or imported, or in lifetimes and bounds: when both compile they compute the same. Of a changed signature all but
 * imports and bounds counts.
 */
export function alike(a: Contestant, b: Contestant): boolean {
  const signature = [a, b].some(({ features }) => (features.signature ?? 0) !== 0);
  const bare = signature ? unbound : unlent;
  const paths = new Set([...a.state.changed.keys(), ...b.state.changed.keys()]);
  return [...paths].every((path) => bare(a.state.text(path) ?? '') === bare(b.state.text(path) ?? ''));
}

/** A text without imports and the bounds of its generics. */
function unbound(text: string): string {
  return text
    .replace(/^\s*(?:pub(?:\([^)]*\))?\s+)?use\s[^;]*;/gm, '')
    .replace(/\bwhere\b[^{;]*/g, '')
    .replace(/\b(fn\s+\w+|impl)\s*<([^<>()]*)>/g, (_, head: string, list: string) => {
      const names = list.split(',').map((one) => one.replace(/:.*$/s, ''));
      return `${head}<${names.join(',')}>`;
    })
    .replace(/\s+/g, '');
}

/** A text without imports, and without how values are lent, copied and shown. */
function unlent(text: string): string {
  return text
    .replace(/^\s*(?:pub(?:\([^)]*\))?\s+)?use\s[^;]*;/gm, '')
    .replace(/#\[derive\([^\]]*\)\]/g, '')
    .replace(/'[a-z_]\w*\b(?!')\s*/g, '')
    .replace(/\b(?:mut|ref|move|pub(?:\([^)]*\))?)\s+/g, '')
    .replace(/String::from\(("(?:[^"\\]|\\.)*")\)/g, '$1')
    .replace(
      /\.(?:clone|cloned|copied|to_string|to_owned|to_vec|into|as_str|as_ref|as_mut|as_slice|as_deref|iter|iter_mut|into_iter)\(\)/g,
      '',
    )
    .replace(/(?<![\w)\]"'])(\s*)[&*]+(?=[\w(["'])/g, '$1')
    .replace(/\s+/g, '');
}
