// What an unresolved name may have meant, best first: names in scope by likeness, kind, type and distance, and members of
// the type that a message names.
import type { Diagnostic } from '../../../schemas/types.ts';
import type { ItemKind } from '../../../tools/index/items.ts';
import { crateItems, crateOf, membersOf } from '../../../tools/index/modules.ts';
import { enclosing, type Node, type TextRange } from '../../../tools/index/source.ts';
import { fits, typeOfName } from '../../agreement.ts';
import type { KnownName } from '../../questions.ts';
import type { ProposeInput } from '../../types.ts';
import { askedExpected, askedNames } from './asked.ts';
import { expects } from './contexts.ts';
import { rangeOf } from './expressions.ts';
import { similarity } from './similarity.ts';
import { lex, tokenIndexAt, tokensAt } from './tokens.ts';
import { type Sought, type Unresolved, unresolvedOf } from './unresolved.ts';

export interface Choice {
  readonly name: string;
  /** How it is written at the place. */
  readonly path: string;
  readonly likeness: number;
  readonly distance: number;
  /** The name as the index knows it; null for members. */
  readonly known: KnownName | null;
  /** 1 where its type is the one that is expected at the place, -1 where it is another, 0 where that is not known. */
  readonly agrees: -1 | 0 | 1;
}

/** What agreement of types counts beside likeness: it outweighs a few letters, not a different word. */
const weightOfType = 0.25;

const kindsFor: Readonly<Record<Sought, readonly KnownName['kind'][]>> = {
  value: [
    'local',
    'parameter',
    'field',
    'const',
    'static',
    'function',
    'variant',
    'self',
    'import',
    'generic',
    'method',
  ],
  function: ['function', 'method', 'variant', 'local', 'parameter', 'import', 'type'],
  type: ['type', 'trait', 'generic', 'variant', 'import'],
  trait: ['trait', 'import'],
  macro: ['macro', 'trait'],
  module: ['module', 'type', 'import', 'trait', 'generic'],
  import: ['module', 'type', 'trait', 'function', 'const', 'static', 'import'],
  lifetime: ['lifetime'],
  any: ['type', 'variant', 'function', 'local', 'parameter', 'const', 'import', 'macro'],
  member: [],
};

/** Best first, each path once. */
export function choicesFor(input: ProposeInput, found: Unresolved): Choice[] {
  const members = found.sought === 'member' || memberPlace(found) ? memberChoices(input, found) : null;
  const choices = members ?? scopeChoices(input, found);
  const best = new Map<string, Choice>();
  for (const choice of choices) {
    if (choice.path === found.name || choice.name === '_') continue;
    const known = best.get(choice.path);
    if (known === undefined || known.likeness < choice.likeness) best.set(choice.path, choice);
  }
  const worth = ({ likeness, agrees }: Choice): number => likeness + weightOfType * agrees;
  return [...best.values()].sort(
    (a, b) => worth(b) - worth(a) || a.distance - b.distance || (a.path < b.path ? -1 : 1),
  );
}

/** Whether the name stands behind `::` or `.`. */
function memberPlace(found: Unresolved): boolean {
  const tokens = tokensAt(found.file, found.range.start);
  const before = tokens[tokenIndexAt(tokens, found.range.start) - 1];
  return before?.text === '::' || before?.text === '.';
}

/** Every name in scope of the kind that is looked for, nearest first. */
export function scopeChoices(input: ProposeInput, found: Unresolved): Choice[] {
  const kinds = kindsFor[found.sought];
  const place = expectedPlace(input, found);
  const expected = place === null ? null : askedExpected(input, found.file, place);
  return askedNames(input, found.file, found.range.start)
    .filter((name) => kinds.includes(name.kind) && !declaredHere(name, found) && plausible(name, found))
    .map((known) => {
      const type = expected === null ? null : typeOfName(known, input.observations);
      return {
        name: known.name,
        path: known.path,
        likeness: Math.max(similarity(found.name, known.name), initialOf(found.name, known)),
        distance: known.distance,
        known,
        agrees: type === null || expected === null ? 0 : fits(type, expected) ? 1 : -1,
      };
    });
}

/**
 * A variable is no slip for a constructor, for a function of std that nobody calls, or for one that is indexed or looked into, unless
 * only the case differs; nor for a method, which is no value.
 */
function plausible(name: KnownName, found: Unresolved): boolean {
  if (found.sought !== 'value' || !/^\p{Ll}/u.test(found.name)) return true;
  const looked = /^\s*(?:\[|\.(?!\.))/.test(found.file.text.slice(found.range.end));
  const far =
    /^\p{Lu}\p{Ll}/u.test(name.name) ||
    name.kind === 'method' ||
    (name.kind === 'function' && (name.declared === null || looked));
  return !far || similarity(found.name, name.name) >= 0.95;
}

/** A variable of one letter and a word that begins with it: `k` and `key`, which have too few letters to compare. */
function initialOf(name: string, known: KnownName): number {
  if (known.kind !== 'local' && known.kind !== 'parameter') return 0;
  const [short, long] = name.length < known.name.length ? [name, known.name] : [known.name, name];
  return short.length === 1 && long.length > 2 && long.startsWith(short) && /^\p{Ll}+$/u.test(long) ? 0.6 : 0;
}

/**
 * An expression whose expected type the name's own has to be, the name itself or the call of it: the first of the places
 * that report the same name where something is expected. null where there is none.
 */
export function expectedPlace(input: ProposeInput, found: Unresolved): TextRange | null {
  for (const diagnostic of [input.diagnostic, ...input.errors]) {
    const other = unresolvedOf(input, diagnostic);
    if (other === null || other.name !== found.name || other.sought !== found.sought || other.file !== found.file)
      continue;
    const node = found.file.nodeAt(other.range);
    if (node.type !== 'identifier' || enclosing(node, 'token_tree', 'ERROR') !== null) continue;
    const call = node.parent?.type === 'call_expression' && node.parent.childForFieldName('function')?.id === node.id;
    const place = call ? (node.parent as Node) : node;
    if (call !== (found.sought === 'function')) continue;
    // A receiver may be of any type that has the member; so may what is indexed, and an operand of a number's.
    const parent = place.parent;
    const logical = /^(&&|\|\|)$/.test(parent?.childForFieldName('operator')?.text ?? '');
    const assigned = /assignment/.test(parent?.type ?? '') && parent?.childForFieldName('left')?.id === place.id;
    if (assigned || !expects(place) || (parent?.type === 'binary_expression' && !logical)) continue;
    return rangeOf(place);
  }
  return null;
}

/** The unresolved name's own statement declares nothing that it could mean. */
function declaredHere({ declared }: KnownName, { file, range }: Unresolved): boolean {
  return declared !== null && declared.file === file.path && declared.start === file.byteOfIndex(range.start);
}

/** Types that a message names: `struct \`Foo\``, `type \`&Foo<T>\``, `in \`foo\``; null when none is the crate's. */
function memberChoices(input: ProposeInput, found: Unresolved): Choice[] {
  const tree = crateOf(found.file, input);
  const written = pathBefore(found);
  const owners = [...new Set([...ownersIn(input.diagnostic), ...(written === null ? [] : [written])])];
  const choices: Choice[] = [];
  const wanted = memberKinds(input.diagnostic);
  for (const owner of owners) {
    for (const member of membersOf(owner, tree)) {
      if (wanted !== null && !wanted.includes(member.kind)) continue;
      choices.push({
        name: member.name,
        path: member.name,
        likeness: similarity(found.name, member.name),
        distance: 0,
        known: null,
        agrees: 0,
      });
    }
    const items = crateItems(tree).filter((item) => item.module.at(-1) === owner);
    for (const item of items) {
      const likeness = similarity(found.name, item.name);
      choices.push({ name: item.name, path: item.name, likeness, distance: 1, known: null, agrees: 0 });
    }
  }
  return choices;
}

function memberKinds(diagnostic: Diagnostic): readonly ItemKind[] | null {
  if (/no method/.test(diagnostic.message)) return ['method', 'field'];
  if (/field/.test(diagnostic.message)) return ['field'];
  return null;
}

function ownersIn(diagnostic: Diagnostic): string[] {
  const quoted = [
    ...`${diagnostic.message} ${diagnostic.spans.map((span) => span.label ?? '').join(' ')}`.matchAll(/`([^`]+)`/g),
  ];
  return quoted.flatMap((match) => {
    const names = lex(match[1] as string).filter((token) => token.kind === 'ident');
    return names.map((token) => token.text);
  });
}

/** `Shape` of `Shape::Circl`. */
function pathBefore(found: Unresolved): string | null {
  const tokens = tokensAt(found.file, found.range.start);
  const index = tokenIndexAt(tokens, found.range.start);
  const owner = tokens[index - 2];
  return tokens[index - 1]?.text === '::' && owner?.kind === 'ident' ? owner.text : null;
}
