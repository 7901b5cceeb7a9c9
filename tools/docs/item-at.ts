// Which item a place in a source text names, as far as the text itself says: a path, a method call, a macro, with the `use`
// lines of the file taken into account. No types: `x.len()` is any type's `len`. Pure.

/** The path at a line (1-based) and column (1-based, null for the first on the line that looks like an item). */
export function itemAt(text: string, line: number, column: number | null): string | null {
  const row = text.split('\n')[line - 1];
  if (row === undefined) return null;
  const code = row.replace(/\/\/.*$/, '').replace(/"(?:[^"\\]|\\.)*"/g, (found) => ' '.repeat(found.length));
  const paths = [...code.matchAll(/[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*!?/g)];
  const at = column === null ? null : column - 1;
  const under =
    at === null ? undefined : paths.find(({ index, 0: found }) => index <= at && at <= index + found.length);
  const chosen =
    under ?? (column === null ? paths.find(({ 0: found, index }) => looksLikeItem(found, code[index - 1])) : undefined);
  if (chosen === undefined) return null;
  return resolveUse(text, under === undefined ? chosen[0] : upTo(chosen[0], (at as number) - chosen.index));
}

/** Of `a::b::c` what ends with the part under the cursor. */
function upTo(path: string, offset: number): string {
  const end = path.indexOf('::', offset);
  return end < 0 ? path : path.slice(0, end);
}

function looksLikeItem(found: string, before: string | undefined): boolean {
  return (
    found.includes('::') ||
    found.endsWith('!') ||
    (before === '.' && !/^(?:await|\d)/.test(found)) ||
    /^[A-Z][a-z]/.test(found)
  );
}

/** The path with its first part as a `use` line of the file has it. */
function resolveUse(text: string, path: string): string {
  const [head = '', ...rest] = path.split('::');
  for (const found of text.matchAll(
    /^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+([\w:]+)(?:::\{([^}]*)\}|\s+as\s+(\w+))?\s*;/gm,
  )) {
    const [, base = '', list, alias] = found;
    const names =
      list === undefined
        ? [alias === undefined ? (base.split('::').at(-1) ?? '') : `${base.split('::').at(-1)} as ${alias}`]
        : list.split(',').map((one) => one.trim());
    for (const name of names) {
      const [own = '', as = own] = name.split(/\s+as\s+/);
      if (as !== head) continue;
      const whole = list === undefined ? base : own === 'self' ? base : `${base}::${own}`;
      if (/^(?:std|core|alloc)\b/.test(whole)) return [whole, ...rest].join('::');
    }
  }
  return path;
}

/** What a file imports from std, core and alloc, in its order: `use std::{fmt, io::Read}` is `std::fmt` and `std::io::Read`. */
export function importedIn(text: string): string[] {
  const found: string[] = [];
  for (const [, tree] of text.matchAll(/^\s*(?:pub\s+)?use\s+((?:std|core|alloc)::[^;]+);/gm)) {
    addPaths((tree as string).replace(/\s+as\s+\w+/g, '').replace(/\s+/g, ''), '', found);
  }
  return [...new Set(found)];
}

function addPaths(tree: string, before: string, into: string[]): void {
  const open = tree.indexOf('{');
  if (open < 0) {
    if (!tree.endsWith('*') && tree !== '') into.push(tree === 'self' ? before.replace(/::$/, '') : before + tree);
    return;
  }
  const inner = tree.slice(open + 1, tree.lastIndexOf('}'));
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= inner.length; at += 1) {
    if (inner[at] === '{') depth += 1;
    else if (inner[at] === '}') depth -= 1;
    else if (at === inner.length || (inner[at] === ',' && depth === 0)) {
      addPaths(inner.slice(from, at), before + tree.slice(0, open), into);
      from = at + 1;
    }
  }
}
