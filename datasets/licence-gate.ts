// The licence gate: may a source with this SPDX expression be indexed and trained on? Pure. Reading manifests is snapshot's
// work; licences.ts asks a wider question, for crates that are only compiled.
import parse, { type Expression } from 'spdx-expression-parse';

/** Licences that pass by themselves. */
export const passing: ReadonlySet<string> = new Set(['MIT', 'Apache-2.0', '0BSD', 'Unlicense']);

/** Exceptions that only take conditions away. Any other changes a licence in a way that nobody looked at here. */
const harmlessExceptions: ReadonlySet<string> = new Set(['LLVM-exception']);

export interface Verdict {
  readonly pass: boolean;
  /** The expression as SPDX writes it; null where it is none. */
  readonly spdx: string | null;
  /** One line: why it was refused; empty where it passes. */
  readonly why: string;
}

/** `expression` as a manifest has it, null where the manifest has none. An OR passes if one side does, an AND if both do. */
export function licenceGate(expression: string | null): Verdict {
  if (expression === null || expression.trim() === '') return { pass: false, spdx: null, why: 'no licence is named' };
  let tree: Expression;
  try {
    // `MIT/Apache-2.0` is how manifests said OR before cargo took SPDX.
    tree = parse(expression.replaceAll('/', ' OR ').replace(/\s+/g, ' ').trim());
  } catch {
    return { pass: false, spdx: null, why: `not an SPDX expression: ${JSON.stringify(expression.slice(0, 80))}` };
  }
  const refused = refusedIn(tree);
  return { pass: refused === null, spdx: render(tree), why: refused === null ? '' : `${refused} is not on the list` };
}

/** The licence that stands in the way, null where none does. */
function refusedIn(tree: Expression): string | null {
  if ('conjunction' in tree) {
    const left = refusedIn(tree.left);
    const right = refusedIn(tree.right);
    if (tree.conjunction === 'and') return left ?? right;
    return left === null || right === null ? null : left;
  }
  const allowed = passing.has(tree.license) && (tree.exception === undefined || harmlessExceptions.has(tree.exception));
  return allowed ? null : render(tree);
}

function render(tree: Expression): string {
  if (!('conjunction' in tree)) {
    return `${tree.license}${tree.plus ? '+' : ''}${tree.exception === undefined ? '' : ` WITH ${tree.exception}`}`;
  }
  const side = (of: Expression): string =>
    'conjunction' in of && of.conjunction !== tree.conjunction ? `(${render(of)})` : render(of);
  return `${side(tree.left)} ${tree.conjunction.toUpperCase()} ${side(tree.right)}`;
}
