// What a patch may contain, decided from the texts before and after: bounds, banned constructs, and the two ways of
// cheating a compiler (removing code, inventing it). Pure; the budgets and their numbers are contract.ts's. Only the items
// in which the texts differ are read (difference.ts): what both hold is in both counts.
import { editDistance } from '../schemas/nearest.ts';
import type { Diagnostic, Edit } from '../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile, type TextRange } from '../tools/index/source.ts';
import { difference, type Part, standsOutside } from './difference.ts';
import { lostWrites, ownWriters } from './lost-writes.ts';
import type { CandidateFlag } from './types.ts';

/** Why a candidate is turned down before anything is run. */
export interface Refusal {
  readonly verdict: 'banned' | 'out-of-bounds';
  readonly detail: string;
}

export interface Inspection {
  readonly refusal: Refusal | null;
  /** Flags that the texts show, whatever the proposer said. */
  readonly flags: readonly CandidateFlag[];
  /** One line for each flag: what was removed or invented; and what reaches further than it looks. */
  readonly reasons: readonly string[];
}

/** A construct in one place, counted by name so that before and after can be compared. */
interface Occurrence {
  readonly name: string;
  readonly range: TextRange;
}

const bannedMacros = new Set(['todo', 'unimplemented', 'unreachable', 'panic']);
const bannedAttributes = new Set(['allow', 'expect', 'ignore', 'cfg', 'cfg_attr']);
const bannedCalls = [
  'process::exit',
  'process::abort',
  'mem::forget',
  'Box::leak',
  'ManuallyDrop::new',
  'String::leak',
  'Vec::leak',
];
/** Calls that promise a value to be there: no invention where the file makes such promises already. */
const promises = new Set(['unwrap', 'expect']);
/** Calls that put a value where there was none. */
const inventions = new Set(['unwrap', 'expect', 'unwrap_or', 'unwrap_or_default', 'unwrap_or_else', 'default']);
/** Statements, items and arms: what removing one of takes behaviour away. Imports are not among them. */
const substance = [
  'let_declaration',
  'expression_statement',
  'macro_invocation',
  'call_expression',
  'assignment_expression',
  'compound_assignment_expr',
  'match_arm',
  'function_item',
  'struct_item',
  'enum_item',
  'enum_variant',
  'trait_item',
  'impl_item',
  'field_declaration',
  'const_item',
  'static_item',
  'return_expression',
  'if_expression',
  'for_expression',
  'while_expression',
  'loop_expression',
  'function_signature_item',
  'field_initializer',
  'parameter',
] as const;

/**
 * Inspects one file of a candidate. `edits` are those in this file, on `before`; `errors` are the errors of the state it
 * repairs, whose spans say which tokens stood for repair.
 */
export function inspect(
  before: SourceFile,
  after: SourceFile,
  edits: readonly Edit[],
  errors: readonly Diagnostic[],
): Inspection {
  const touched = edits.map((edit) => before.range(edit));
  const inTests = touched.find(
    (range) => inTestCode(before, range) && inTestCode(after, { start: range.start, end: range.start }),
  );
  if (inTests !== undefined || /(^|\/)(tests|benches)\//.test(before.path)) {
    return refused('out-of-bounds', `tests are not edited (${before.path})`);
  }
  const map = offsetMap(before, edits);
  const [old, now] = difference(before, after);
  const banned = bannedIn(now);
  for (const name of grown(bannedIn(old), banned)) {
    const fresh = banned.filter((found) => found.name === name);
    if (fresh.some((found) => !repairs(before, map, found))) return refused('banned', `it would add \`${name}\``);
  }
  const reasons: string[] = [];
  const flags = new Set<CandidateFlag>();
  const removed = removal(old, now, edits);
  if (removed !== null) {
    flags.add('removes');
    reasons.push(`removes ${removed}`);
  }
  const invented = invention(old, now, map, errors);
  if (invented !== null) {
    flags.add('invents');
    reasons.push(`invents ${invented}`);
  }
  const bodies = touched.map((range) => enclosing(before.nodeAt(range), 'macro_definition')?.childForFieldName('name'));
  for (const name of new Set(bodies.map((one) => one?.text)))
    if (name !== undefined) reasons.push(`changes the macro \`${name}!\`, and so every use of it`);
  const lostIn = (part: Part): number => {
    const own = ownWriters(part.file.root);
    return part.nodes.flatMap((node) => lostWrites(node, own)).length;
  };
  const lost = lostIn(now) - lostIn(old);
  if (lost > 0) {
    flags.add('invents');
    reasons.push('changes a copy that is dropped');
  }
  return { refusal: null, flags: [...flags], reasons };
}

function refused(verdict: Refusal['verdict'], detail: string): Inspection {
  return { refusal: { verdict, detail }, flags: [], reasons: [] };
}

/** True inside a `#[cfg(test)]` module or a function marked as a test. */
export function inTestCode(file: SourceFile, range: TextRange): boolean {
  let at: Node | null = file.nodeAt(range);
  while (at !== null) {
    if ((at.type === 'mod_item' || at.type === 'function_item') && attributesOf(at).some(isTestAttribute)) return true;
    at = at.parent;
  }
  return false;
}

function isTestAttribute(text: string): boolean {
  const body = text.replace(/\s+/g, '');
  return body === '#[cfg(test)]' || body === '#[test]' || body.endsWith('::test]') || body === '#[bench]';
}

function attributesOf(item: Node): string[] {
  const found: string[] = [];
  for (let at = item.previousNamedSibling; at !== null; at = at.previousNamedSibling) {
    if (at.type === 'attribute_item') found.push(at.text);
    else if (at.type !== 'line_comment' && at.type !== 'block_comment') break;
  }
  return found;
}

/** Nodes of these types in a part, those that it is made of included. */
function inside(part: Part, ...types: readonly string[]): Node[] {
  return part.nodes.flatMap((node) => descendants(node, ...types));
}

function bannedIn(part: Part): Occurrence[] {
  const found: Occurrence[] = [];
  const add = (name: string, node: Node): void => {
    found.push({ name, range: { start: node.startIndex, end: node.endIndex } });
  };
  for (const node of inside(part, 'macro_invocation')) {
    const name = node.childForFieldName('macro');
    const last = name?.text.split('::').at(-1) ?? '';
    if (name !== null && bannedMacros.has(last)) add(`${last}!`, name);
  }
  // Inside a macro's token tree there are no expressions, only tokens: `vec![panic!()]` counts as well.
  for (const tree of inside(part, 'token_tree')) {
    for (let index = 0; index + 1 < tree.childCount; index += 1) {
      const token = tree.child(index);
      if (token?.type === 'identifier' && bannedMacros.has(token.text) && tree.child(index + 1)?.type === '!')
        add(`${token.text}!`, token);
    }
  }
  for (const node of inside(part, 'unsafe')) add('unsafe', node);
  for (const node of inside(part, 'attribute')) {
    const name = node.namedChild(0);
    if (name !== null && bannedAttributes.has(name.text) && !isTestAttribute(`#[${node.text}]`))
      add(`#[${name.text}]`, name);
  }
  for (const node of inside(part, 'call_expression')) {
    const callee = node.childForFieldName('function');
    const text = callee?.text.replace(/\s+/g, '') ?? '';
    const call = bannedCalls.find(
      (name) => text === name || text.endsWith(`::${name}`) || text === name.split('::').at(-1),
    );
    if (callee !== null && call !== undefined && text !== 'default') add(call, callee);
    if (callee?.type === 'field_expression' && callee.childForFieldName('field')?.text === 'leak') add('leak', callee);
  }
  for (const node of inside(part, 'loop_expression')) {
    const leaves = descendants(node, 'break_expression', 'return_expression', 'try_expression', 'macro_invocation');
    if (leaves.length === 0) add('endless loop', node);
  }
  for (const node of inside(part, 'while_expression')) {
    if (node.childForFieldName('condition')?.text === 'true') add('endless loop', node);
  }
  return found;
}

function counts(found: readonly Occurrence[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { name } of found) count.set(name, (count.get(name) ?? 0) + 1);
  return count;
}

function grown(before: readonly Occurrence[], after: readonly Occurrence[]): string[] {
  const was = counts(before);
  return [...counts(after)].filter(([name, count]) => count > (was.get(name) ?? 0)).map(([name]) => name);
}

/** Maps a range of the text after the edits to the range of the text before that it came from. */
function offsetMap(before: SourceFile, edits: readonly Edit[]): (range: TextRange) => TextRange {
  const sorted = edits
    .map((edit) => ({ ...before.range(edit), length: edit.text.length }))
    .sort((a, b) => a.start - b.start);
  const back = (index: number, upper: boolean): number => {
    let shift = 0;
    for (const edit of sorted) {
      const start = edit.start + shift;
      if (index < start || (index === start && !upper)) break;
      if (index <= start + edit.length) return upper ? edit.end : edit.start;
      shift += edit.length - (edit.end - edit.start);
    }
    return index - shift;
  };
  return (range) => {
    const start = back(range.start, false);
    return { start, end: Math.max(start, back(range.end, true)) };
  };
}

/** A banned or invented token may be repaired where it stood: `panc!` → `panic!`, `panic("…")` → `panic!("…")`. */
function repairs(before: SourceFile, map: (range: TextRange) => TextRange, found: Occurrence): boolean {
  const { start, end } = map(found.range);
  const word = /[A-Za-z0-9_]/;
  let from = start;
  let to = end;
  while (from > 0 && word.test(before.text[from - 1] as string)) from -= 1;
  while (to < before.text.length && word.test(before.text[to] as string)) to += 1;
  const old = before.text.slice(from, to).replace(/\W/g, '');
  const now = found.name.replace(/\W/g, '');
  return old.length > 0 && closeWords(old, now);
}

/** At most two edits apart, and fewer than half of the shorter word. */
function closeWords(a: string, b: string): boolean {
  const distance = editDistance(a, b, 2);
  return distance <= 2 && distance * 2 < Math.min(a.length, b.length) + 1;
}

/** What behaviour the edit takes away, or null. Duplicates, imports and punctuation may go. */
function removal(before: Part, after: Part, edits: readonly Edit[]): string | null {
  const dead = deadened(after) - deadened(before);
  if (dead > 0) return 'code from what can be reached';
  const macro = lostMacro(before, after);
  if (macro !== null) return `the call of \`${macro}!\``;
  const was = tokens(before);
  const is = tokens(after);
  let lost = 0;
  const words: string[] = [];
  for (const [token, count] of was) {
    const missing = count - (is.get(token) ?? 0);
    // How a name is declared is no behaviour: `for (let mut i = 0; …)` holds words that `for i in 0..n` does without.
    if (missing > 0 && token !== 'let' && token !== 'mut') {
      lost += missing;
      words.push(token);
    }
  }
  let gained = 0;
  for (const [token, count] of is) gained += Math.max(0, count - (was.get(token) ?? 0));
  if (before.file.root.hasError || after.file.root.hasError) {
    return lost - gained >= 3 && !rewrites(before.file, edits)
      ? `${words
          .slice(0, 4)
          .map((word) => `\`${word}\``)
          .join(', ')}`
      : null;
  }
  // Moving and rewriting keep the count of a kind; only a kind that shrinks, with words that vanish, is a loss.
  if (lost === 0) return null;
  for (const kind of substance) {
    // A parameter that became the receiver is still taken.
    if (kind === 'parameter' && inside(after, 'self_parameter').length > inside(before, 'self_parameter').length)
      continue;
    if (shrinks(before, after, kind) && lost > gained && !(kind === 'call_expression' && lost - gained < 2)) {
      return kind.replaceAll('_', ' ').replace(/ (expression|item|declaration)$/, '');
    }
  }
  return null;
}

/** A macro that is called in another one's arguments before and not after: `show!(square!(3))`, `show!(square = !(3))`. */
function lostMacro(before: Part, after: Part): string | null {
  const calls = (part: Part): string[] =>
    inside(part, 'token_tree').flatMap((tree) =>
      tree.children.flatMap((name, index) => {
        const [mark, args] = [tree.child(index + 1), tree.child(index + 2)];
        return name?.type === 'identifier' && mark?.type === '!' && args?.type === 'token_tree' ? [name.text] : [];
      }),
    );
  // Where the text does not parse, statements read as a macro's tokens: repaired, their calls are calls again.
  const plain = (part: Part): string[] =>
    inside(part, 'macro_invocation').map((node) => node.childForFieldName('macro')?.text ?? '');
  const [was, is] = [calls(before), calls(after)];
  const all = [...is, ...plain(after)];
  if (all.length >= was.length + plain(before).length) return null;
  return was.find((name) => !all.includes(name)) ?? null;
}

/** `n != 0`, `n % 2 == 0`: a number as truth, as other languages read it. */
function isTruth(literal: Node): boolean {
  const operator = literal.parent?.childForFieldName('operator')?.text;
  return operator === '==' || operator === '!=';
}

/**
 * Whether each edit by itself takes less than a statement away, and none begins a comment where no other language's stood:
 * many small ones are a slip that repeats (`for (int i = 0; i < n; i++)`, `case`).
 */
function rewrites(before: SourceFile, edits: readonly Edit[]): boolean {
  const words = (text: string): number => text.match(/\w+/g)?.length ?? 0;
  return edits.every((edit) => {
    const old = before.slice(before.range(edit));
    const comment = /\/\/|\/\*/.test(edit.text) && !/^\s*(#+|--)\s*$/.test(old);
    return words(old) - words(edit.text) < 3 && !comment;
  });
}

/** Whether the file holds fewer nodes of one kind after than before, duplicates counted once. */
function shrinks(before: Part, after: Part, kind: string): boolean {
  // A call is the same one with fewer arguments: what it calls is what may not go.
  const key = (node: Node): string =>
    ((kind === 'call_expression' ? node.childForFieldName('function') : node)?.text ?? '').replace(/\s+/g, ' ');
  const keyed = (part: Part): Map<string, string> =>
    new Map(inside(part, kind).map((node) => [key(node), node.text.replace(/\s+/g, ' ')]));
  const was = keyed(before);
  const is = keyed(after);
  const only = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] =>
    [...own].filter(([name]) => !other.has(name)).map(([, text]) => text);
  const gone = only(was, is);
  const come = only(is, was);
  if (gone.length === 0) return false;
  const lost = gone.filter((text) => !standsOutside(before, kind, text)).length;
  // What came may read like another one: `return Err(e, e)` becomes the second `return Err(e)`, and each still runs.
  const fewer = inside(after, kind).length < inside(before, kind).length;
  return lost > (fewer ? come.filter((text) => !standsOutside(before, kind, text)) : come).length;
}

/** Words and literals of the code: comments are not code, so commenting out is removing. */
function tokens(part: Part): Map<string, number> {
  const count = new Map<string, number>();
  const visit = (node: Node): void => {
    if (node.type === 'line_comment' || node.type === 'block_comment' || node.type === 'use_declaration') return;
    if (node.childCount === 0 || node.type === 'string_literal') {
      if (/[A-Za-z0-9_]/.test(node.text)) count.set(node.text, (count.get(node.text) ?? 0) + 1);
      return;
    }
    for (const child of node.children) if (child !== null) visit(child);
  };
  for (const node of part.nodes) visit(node);
  return count;
}

/** Branches never taken and statements behind an early exit. */
function deadened(part: Part): number {
  let count = 0;
  for (const node of inside(part, 'if_expression', 'while_expression')) {
    const condition = node.childForFieldName('condition')?.text.replace(/\s+/g, '') ?? '';
    if (condition === 'false' || condition.startsWith('false&&') || condition.endsWith('&&false')) count += 1;
  }
  for (const node of inside(part, 'expression_statement')) {
    const leaves = ['return_expression', 'break_expression', 'continue_expression'].includes(
      node.namedChild(0)?.type ?? '',
    );
    if (leaves && node.nextNamedSibling !== null && !node.nextNamedSibling.type.includes('comment')) count += 1;
  }
  return count;
}

/** `++` is written `+= 1`, a loop down to `i > n;` as `n + 1..`, `True` as `true`; a format string may get other braces and punctuation, and no other words. */
function saysTheSame(old: string, literal: string): boolean {
  if (literal === '1') return /\+\+|--|[^-=]>(?!=)[^;]*;/.test(old);
  if (literal === old.toLowerCase()) return true;
  if (!literal.startsWith('"')) return false;
  const parts = (text: string): string[] => text.match(/\p{L}+|\p{N}+/gu) ?? [];
  const known = new Set(parts(old));
  return old !== '' && parts(literal).every((part) => known.has(part));
}

/** `mutex.lock()` and its kin: unwrapping them is how they are written. */
function isLocked(callee: Node | null): boolean {
  const value = callee?.childForFieldName('value');
  const inner = value?.type === 'call_expression' ? value.childForFieldName('function') : null;
  return (
    /^(?:lock|read|write|join)$/.test(inner?.childForFieldName('field')?.text ?? '') &&
    value?.text.endsWith('()') === true
  );
}

const promising = new WeakMap<SourceFile, boolean>();

/** Whether a file unwraps somewhere outside its tests: its author takes a missing value for a bug. */
export function makesPromises(file: SourceFile): boolean {
  let known = promising.get(file);
  if (known === undefined) {
    known = descendants(file.root, 'field_identifier').some(
      (node) =>
        promises.has(node.text) &&
        node.parent?.parent?.type === 'call_expression' &&
        !/^(lock|read|write|join)$/.test(methodBefore(node)) &&
        !inTestCode(file, { start: node.startIndex, end: node.endIndex }),
    );
    promising.set(file, known);
  }
  return known;
}

/** The method whose result a field access stands on. */
function methodBefore(field: Node): string {
  const value = field.parent?.childForFieldName('value');
  return value?.childForFieldName('function')?.childForFieldName('field')?.text ?? '';
}

/** What the edit puts there that neither the source nor the compiler's message holds, or null. */
function invention(
  before: Part,
  after: Part,
  map: (range: TextRange) => TextRange,
  errors: readonly Diagnostic[],
): string | null {
  const calls = (part: Part): Occurrence[] => {
    const found: Occurrence[] = [];
    for (const node of inside(part, 'call_expression')) {
      const callee = node.childForFieldName('function');
      const name = callee?.childForFieldName('field') ?? callee?.childForFieldName('name') ?? null;
      if (name !== null && inventions.has(name.text) && !(name.text === 'unwrap' && isLocked(callee)))
        found.push({ name: name.text, range: { start: name.startIndex, end: name.endIndex } });
    }
    return found;
  };
  const said = makesPromises(before.file);
  for (const name of grown(calls(before), calls(after))) {
    if (said && promises.has(name)) continue;
    if (calls(after).some((found) => found.name === name && !repairs(before.file, map, found))) return `\`${name}()\``;
  }
  const literals = (part: Part): Map<string, number> => {
    const count = new Map<string, number>();
    for (const node of inside(
      part,
      'integer_literal',
      'float_literal',
      'string_literal',
      'char_literal',
      'boolean_literal',
      'raw_string_literal',
    )) {
      // The number of a tuple's field is a name.
      if (node.parent?.type === 'field_expression') continue;
      count.set(node.text, (count.get(node.text) ?? 0) + 1);
    }
    return count;
  };
  const was = literals(before);
  const told = errors
    .map((error) => `${error.message}\n${error.notes.map((note) => note.message).join('\n')}`)
    .join('\n');
  const knownWords = before.file.text;
  for (const [literal, count] of literals(after)) {
    if (count <= (was.get(literal) ?? 0)) continue;
    const fresh = inside(
      after,
      'integer_literal',
      'float_literal',
      'string_literal',
      'char_literal',
      'boolean_literal',
      'raw_string_literal',
    )
      .filter((node) => node.text === literal && !(literal === '0' && isTruth(node)))
      .map((node) => before.file.slice(map({ start: node.startIndex, end: node.endIndex })))
      // Text that stood there all along, where quotes that did not pair hid that it was a literal.
      .filter((old) => old !== literal);
    if (fresh.length === 0) continue;
    const text = /^b?["']/.test(literal);
    const bare = text
      ? literal.replace(/^b?["']|["']$/g, '')
      : literal.replace(/[iuf](8|16|32|64|128|size)$/, '').replace(/\.0?$/, '');
    if (bare === '' && /^["']/.test(literal)) return `the literal ${literal}`;
    // The same text in other quotes, with a suffix or a fraction, is a repair of what stood there.
    if (bare !== '' && (knownWords.includes(bare) || told.includes(bare)) && !/^(0|1|true|false)$/.test(bare)) continue;
    const stands = fresh.every((old) => bare !== '' && (old.includes(bare) || saysTheSame(old, literal)));
    if (!stands) return `the value ${literal}`;
  }
  const bodies = (part: Part): number =>
    inside(part, 'function_item').filter(
      (node) => enclosing(node.parent, 'impl_item', 'trait_item', 'source_file') !== null,
    ).length;
  if (!before.file.root.hasError && bodies(after) > bodies(before)) return 'a function body';
  return null;
}
