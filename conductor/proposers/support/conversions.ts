// How one Rust type is made from another, as rules over expressions: the form of a rule, and how rules are applied to
// the mismatches of a diagnostic. The rules themselves stand in references.ts, text.ts, numbers.ts and containers.ts.
import type { Node } from '../../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput } from '../../types.ts';
import { derivesTrait } from './derives.ts';
import { namedChildren, parseExpression, shortenExpression } from './expressions.ts';
import { enclosingFunction, returnTypeOf } from './functions.ts';
import { type Mismatch, mismatches, mismatchOf } from './mismatch.ts';
import { inMismatchedOperation } from './operations.ts';
import { isCopy, matches, type RustType, writeType } from './rust-type.ts';

/** An expression that should have another type. */
export interface Site {
  readonly text: string;
  /** The expression's tree; null inside a macro's tokens and for a part that was made up. */
  readonly node: Node | null;
  readonly from: RustType;
  readonly to: RustType;
  /** What `?` and `return` may leave with; null outside a function or in a closure. */
  readonly returns: RustType | null;
  /** True for `Copy` types, those of the crate that derive it included. */
  copies(type: RustType): boolean;
  /** The best text for an inner value by all rules; null when there is none. */
  inner(text: string, from: RustType, to: RustType): string | null;
}

export interface Written {
  readonly text: string;
  readonly flags?: readonly CandidateFlag[];
  /** Higher where the types leave little doubt, 0 to 1. */
  readonly agreement?: number;
}

export interface Rule {
  readonly title: string;
  /** The new expression; null where the rule does not apply. */
  write(site: Site): string | Written | null;
}

export interface Conversion extends Written {
  readonly title: string;
}

/** All that `rules` make of a site, in their order, each text once. */
export function convert(rules: readonly Rule[], site: Site): Conversion[] {
  const found = new Map<string, Conversion>();
  for (const rule of rules) {
    const written = rule.write(site);
    if (written === null) continue;
    const one = typeof written === 'string' ? { text: written } : written;
    if (one.text !== site.text && !found.has(one.text)) found.set(one.text, { title: rule.title, ...one });
  }
  return [...found.values()];
}

/** Nested `inner` calls; wrappers in wrappers (`Some(Box::new(x))`) count once. */
const MAX_INNER = 2;

export function siteOf(rules: readonly Rule[], input: ProposeInput, one: Mismatch, depth = 0): Site {
  const fn = enclosingFunction(one.source, one.node ?? one.source.nodeAt(one.range));
  const returns = fn === null ? null : returnTypeOf(fn);
  const inner = (text: string, from: RustType, to: RustType): string | null => {
    if (matches(from, to)) return text;
    if (depth >= MAX_INNER) return null;
    const site = siteOf(
      rules,
      input,
      { ...one, text, node: parseExpression(text), found: from, expected: to },
      depth + 1,
    );
    return convert(rules, site).find((written) => !written.flags?.length)?.text ?? null;
  };
  const copies = (type: RustType): boolean =>
    isCopy(type) || (type.kind === 'path' && derivesTrait(input, type.name, 'Copy'));
  return { text: one.text, node: one.node, from: one.found, to: one.expected, returns, copies, inner };
}

/** `text` in place of a mismatched expression, with parentheses where its surroundings bind tighter. */
export function fitted(one: Mismatch, text: string): string {
  const kind = parseExpression(text)?.type;
  const parent = one.node?.parent ?? null;
  const loose = kind === 'type_cast_expression' || kind === 'binary_expression' || kind === 'closure_expression';
  const prefix = kind === 'unary_expression' || kind === 'reference_expression';
  if (!loose && !prefix) return text;
  const isReceiver =
    (parent?.type === 'field_expression' && parent.childForFieldName('value')?.equals(one.node as Node)) ||
    parent?.type === 'try_expression' ||
    (parent?.type === 'index_expression' && parent.namedChild(0)?.equals(one.node as Node));
  const tight =
    parent?.type === 'unary_expression' ||
    parent?.type === 'reference_expression' ||
    parent?.type === 'type_cast_expression';
  const after = one.source.text.slice(one.range.end).trimStart();
  const typeEnd = kind === 'type_cast_expression' && after.startsWith('<');
  return isReceiver ||
    (loose && (tight || typeEnd || (kind === 'binary_expression' && parent?.type === 'binary_expression')))
    ? `(${text})`
    : text;
}

/** Drafts that put `rules`' conversions at each mismatch of the diagnostic, best first. */
export function rewriteMismatches(input: ProposeInput, rules: readonly Rule[], all: readonly Rule[]): Draft[] {
  return mismatches(input).flatMap((one) => rewriteMismatch(input, one, rules, all));
}

/** Drafts for one mismatch; where other errors show the same slip, a draft that repairs all of them comes first. */
export function rewriteMismatch(
  input: ProposeInput,
  one: Mismatch,
  rules: readonly Rule[],
  all: readonly Rule[],
): Draft[] {
  const drafts: Draft[] = [];
  for (const conversion of convert(rules, siteOf(all, input, one))) {
    const twins = twinsOf(input, one).flatMap((twin) => {
      const same = convert(rules, siteOf(all, input, twin)).find((other) => other.title === conversion.title);
      return same === undefined ? [] : [editOf(twin, same.text)];
    });
    const draft = {
      title: `${conversion.title}: \`${shortenExpression(one.text)}\` → \`${shortenExpression(conversion.text)}\``,
      edits: [editOf(one, conversion.text)],
      flags: conversion.flags ?? [],
      features: { agreement: conversion.agreement ?? 0.5 },
    };
    if (twins.length > 0) {
      drafts.push({
        ...draft,
        title: `${draft.title}, ${twins.length + 1} times`,
        edits: [...draft.edits, ...twins],
        features: { ...draft.features, repeats: twins.length + 1 },
      });
    }
    drafts.push(draft);
  }
  return drafts;
}

function editOf(one: Mismatch, text: string): Draft['edits'][number] {
  return one.source.edit(one.range.start, one.range.end, fitted(one, text));
}

/** The same mismatch in other errors of this state and in sibling arms, at other places that do not overlap. */
function twinsOf(input: ProposeInput, one: Mismatch): Mismatch[] {
  const name = [writeType(one.expected), writeType(one.found)].join(' ');
  const taken = [one];
  const add = (other: Mismatch): void => {
    const clash = taken.some(
      (used) =>
        used.source.path === other.source.path &&
        used.range.start < other.range.end &&
        other.range.start < used.range.end,
    );
    if (!clash) taken.push(other);
  };
  for (const error of input.errors) {
    if (error === input.diagnostic || error.code !== input.diagnostic.code) continue;
    for (const other of mismatches(input, error)) {
      if ([writeType(other.expected), writeType(other.found)].join(' ') !== name) continue;
      // An operand of what is mismatched as a whole is no repeat of the same slip.
      if (!inMismatchedOperation(input, other)) add(other);
    }
  }
  for (const sibling of literalSiblings(one.node)) add(mismatchOf(one.source, sibling, one.expected, one.found));
  return taken.slice(1);
}

/** Literals of the same kind in the other arms, branches and elements: the compiler reports the first one only. */
function literalSiblings(node: Node | null): Node[] {
  if (node === null || !node.type.endsWith('_literal')) return [];
  const parent = node.parent;
  if (parent?.type === 'array_expression') return sameKind(node, namedChildren(parent));
  const list = parent?.type === 'token_tree' && parent.parent?.childForFieldName('macro')?.text === 'vec';
  if (parent !== null && list) return sameKind(node, namedChildren(parent));
  const block = parent?.type === 'match_arm' ? parent.parent : null;
  if (block?.type !== 'match_block') return [];
  return sameKind(
    node,
    namedChildren(block).map((arm) => arm.childForFieldName('value')),
  );
}

function sameKind(node: Node, others: readonly (Node | null)[]): Node[] {
  return others.filter((other): other is Node => other !== null && other.type === node.type && !other.equals(node));
}
