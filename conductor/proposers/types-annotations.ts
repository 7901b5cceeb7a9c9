// E0282, E0283, E0284, E0689: a type that nothing says. It is taken from how the value is used: what a call, a result or a
// field expects there, the other operand, the methods called on it.
//
// let total = prices.iter().sum();              before, for prices: &[f64]
// let total: f64 = prices.iter().sum();         after
//
// The places of use are asked about: the compiler's message names the open part alone.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { askedExpected, askedType, typeQuestion } from './support/asked.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, rangeOf } from './support/expressions.ts';
import { localAt, localsNamed, usesOf } from './support/locals.ts';
import { stdMethod } from './support/member-access.ts';
import { quotedParts } from './support/mismatch.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import {
  isFloat,
  isInteger,
  isNumber,
  isPath,
  isStr,
  matches,
  parseType,
  type RustType,
  writeType,
} from './support/rust-type.ts';

/** Methods whose result the context chooses. `into` takes no type arguments. */
const OPEN: readonly string[] = ['sum', 'product', 'collect', 'parse', 'into'];
/** What hands a value on as it is, or out of its wrapper. */
const HANDS_ON: readonly string[] = ['unwrap', 'expect', 'unwrap_or', 'unwrap_or_default', 'unwrap_or_else', 'ok'];
const COLLECTIONS: readonly string[] = [
  'Vec<_>',
  'String',
  'std::collections::HashMap<_, _>',
  'std::collections::HashSet<_>',
  'std::collections::VecDeque<_>',
];
const mostTypes = 4;

interface OpenPart {
  readonly source: SourceFile;
  /** The call or literal whose type is open. */
  readonly node: Node;
  /** Its method's name; null for a literal. */
  readonly method: string | null;
  /** The binding that holds the value, with nothing said of its type. */
  readonly binding: Node | null;
  /** Expressions that stand for the value where it is used. */
  readonly uses: readonly Node[];
}

export const typesAnnotations: Proposer = {
  name: 'types-annotations',
  codes: ['E0282', 'E0283', 'E0284', 'E0689'],
  probes(input): ProbeRequest[] {
    const open = openPart(input);
    return open === null
      ? []
      : contextsOf(open).map(({ node, want }) => typeQuestion(open.source, rangeOf(node), want));
  },
  propose(input) {
    const open = openPart(input);
    if (open === null) return [];
    const drafts = typesFor(input, open).map(({ type, agreement }): Draft | null => {
      const edit = annotation(open, type);
      return edit && { title: `The type is \`${type}\``, edits: [edit], features: { agreement } };
    });
    return sound(drafts.filter((draft) => draft !== null)).slice(0, mostTypes);
  },
  examples: [
    {
      title: 'a sum that is divided',
      before: rust`
        pub fn mean(values: &[f64]) -> f64 {
            values.iter().sum() / values.len() as f64
        }
      `,
      after: rust`
        pub fn mean(values: &[f64]) -> f64 {
            values.iter().sum::<f64>() / values.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a parsed number, from the call it goes to',
      before: rust`
        fn grow(size: u64) -> u64 {
            size * 2
        }

        pub fn read(text: &str) -> u64 {
            let size = text.trim().parse().unwrap();
            if size.is_power_of_two() {
                return 0;
            }
            grow(size)
        }
      `,
      after: rust`
        fn grow(size: u64) -> u64 {
            size * 2
        }

        pub fn read(text: &str) -> u64 {
            let size = text.trim().parse::<u64>().unwrap();
            if size.is_power_of_two() {
                return 0;
            }
            grow(size)
        }
      `,
      within: 1,
    },
    {
      title: 'a collection, from the methods called on it',
      before: rust`
        pub fn price(list: &[(String, u32)], name: &str) -> u32 {
            let prices = list.iter().cloned().collect();
            if prices.contains_key(name) {
                return prices[name];
            }
            0
        }
      `,
      after: rust`
        pub fn price(list: &[(String, u32)], name: &str) -> u32 {
            let prices = list.iter().cloned().collect::<std::collections::HashMap<_, _>>();
            if prices.contains_key(name) {
                return prices[name];
            }
            0
        }
      `,
      within: 1,
    },
    {
      title: 'letters that are joined with text',
      before: rust`
        pub fn capital(first: char, rest: &str) -> String {
            first.to_uppercase().collect() + rest
        }
      `,
      after: rust`
        pub fn capital(first: char, rest: &str) -> String {
            first.to_uppercase().collect::<String>() + rest
        }
      `,
      within: 1,
    },
    {
      title: 'a float whose method comes before its type',
      before: rust`
        pub fn diagonal(side: f64) -> f64 {
            let root = 2.0;
            root.sqrt() * side
        }
      `,
      after: rust`
        pub fn diagonal(side: f64) -> f64 {
            let root: f64 = 2.0;
            root.sqrt() * side
        }
      `,
      within: 1,
    },
    {
      title: 'an integer, from what the result of its method is for',
      before: rust`
        pub fn cells(order: u32) -> u64 {
            2.pow(order)
        }
      `,
      after: rust`
        pub fn cells(order: u32) -> u64 {
            2_u64.pow(order)
        }
      `,
      within: 1,
    },
  ],
};

/** What the diagnostic leaves open: a call behind its primary span, or the value of the binding there. */
function openPart(input: ProposeInput): OpenPart | null {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const at = source.nodeAt(source.range(span));
  const call = enclosing(at, 'call_expression');
  const called = methodCall(call);
  if (input.diagnostic.code === 'E0689') {
    if (called === null || !called.name.equals(at)) return null;
    const { receiver } = called;
    if (isLiteral(receiver)) return { source, node: receiver, method: null, binding: null, uses: [called.node] };
    const local = localAt(source, receiver);
    if (local?.value == null || !isLiteral(local.value)) return null;
    const uses = usesOf(source, local);
    return { source, node: local.value, method: null, binding: untyped(local.declaration), uses };
  }
  if (called?.name.equals(at)) return opened(source, called.node);
  const declaration = enclosing(at, 'let_declaration');
  const value = declaration?.childForFieldName('value');
  if (!declaration || !value || at.endIndex > value.startIndex) return null;
  for (let inner: Node | null = value; inner !== null; inner = receiverOf(inner)) {
    const name = methodCall(inner)?.name.text ?? '';
    if (OPEN.includes(name)) return opened(source, inner);
  }
  return null;
}

function opened(source: SourceFile, node: Node): OpenPart | null {
  const method = methodCall(node)?.name.text ?? '';
  if (!OPEN.includes(method) || node.childForFieldName('function')?.type === 'generic_function') return null;
  let value = node;
  for (let outer = value.parent; outer !== null; outer = value.parent) {
    const handed = outer.type === 'field_expression' ? methodCall(outer.parent) : null;
    if (outer.type === 'try_expression' || outer.type === 'parenthesized_expression') value = outer;
    else if (handed !== null && HANDS_ON.includes(handed.name.text)) value = handed.node;
    else break;
  }
  const declaration = value.parent?.type === 'let_declaration' ? value.parent : null;
  const name = declaration?.childForFieldName('pattern') ?? null;
  const fn = enclosing(node, 'function_item');
  if (declaration === null || name === null || fn === null || !/^(identifier|mut_pattern)$/.test(name.type))
    return { source, node, method, binding: null, uses: [value] };
  const local = localsNamed(source, fn, name.text.replace(/^mut\s+/, '')).find((one) =>
    one.declaration.equals(declaration),
  );
  const uses = local === undefined ? [] : usesOf(source, local);
  return { source, node, method, binding: untyped(declaration), uses };
}

/** The pattern of a `let` without a type, if it is one. */
function untyped(declaration: Node): Node | null {
  if (declaration.type !== 'let_declaration' || declaration.childForFieldName('type') !== null) return null;
  return declaration.childForFieldName('pattern');
}

const isLiteral = (node: Node): boolean => node.type === 'float_literal' || node.type === 'integer_literal';

function receiverOf(node: Node): Node | null {
  if (node.type === 'try_expression' || node.type === 'parenthesized_expression') return node.namedChild(0);
  return methodCall(node)?.receiver ?? null;
}

interface Context {
  readonly node: Node;
  readonly want: 'type' | 'expected';
}

/** Places whose answer tells the value's type: what is expected where it stands, or the operand beside it. */
function contextsOf({ uses, method }: OpenPart): Context[] {
  const found: Context[] = [];
  for (const use of uses) {
    const reference = use.parent?.type === 'reference_expression' ? use.parent : use;
    const parent = reference.parent;
    if (parent === null) continue;
    const onNumber = method === null || method === 'parse' || method === 'sum' || method === 'product';
    if (parent.type === 'binary_expression') {
      const [left, right] = [parent.childForFieldName('left'), parent.childForFieldName('right')];
      const other = left?.equals(reference) ? right : left;
      if (other && !/^[<>]{2}$/.test(parent.childForFieldName('operator')?.text ?? ''))
        found.push({ node: other, want: 'type' });
    } else if (parent.type === 'field_expression') {
      // A number's methods give numbers of the same type, most of them.
      const call = onNumber ? methodCall(parent.parent) : null;
      if (call !== null && expects(call.node)) found.push({ node: call.node, want: 'expected' });
    } else if (expects(reference)) {
      found.push({ node: reference, want: 'expected' });
    } else if (isLiteral(use) || use.type === 'call_expression') {
      found.push({ node: use, want: 'expected' });
    }
  }
  const unique = new Map(found.map((context) => [`${context.node.startIndex} ${context.node.endIndex}`, context]));
  return [...unique.values()].sort((a, b) => (a.want < b.want ? -1 : a.want > b.want ? 1 : 0));
}

/** Whether the place of an expression may expect a type: an argument, a field, a result, what is assigned to. */
function expects(node: Node): boolean {
  const parent = node.parent;
  return (
    parent !== null &&
    /^(arguments|field_initializer|return_expression|assignment_expression|compound_assignment_expr|block|let_declaration|match_arm|array_expression|tuple_expression|expression_statement|binary_expression)$/.test(
      parent.type,
    )
  );
}

/** The types that the value may have, best first, as they are written. */
function typesFor(input: ProposeInput, open: OpenPart): { type: string; agreement: number }[] {
  const found = new Map<string, number>();
  const add = (type: RustType | string | null, agreement: number): void => {
    const written = typeof type === 'string' || type === null ? type : writeType(type);
    if (written !== null && written !== '()' && !found.has(written)) found.set(written, agreement);
  };
  for (const { node, want } of contextsOf(open)) {
    const range = rangeOf(node);
    const heard = want === 'type' ? askedType(input, open.source, range) : askedExpected(input, open.source, range);
    const type = heard === null ? null : fitting(open, owned(heard));
    if (type !== null) add(type, 1);
  }
  const { method } = open;
  const item = itemType(input);
  if (method === 'sum' || method === 'product') add(item, 0.9);
  if (method === 'collect') {
    if (isPath(item, 'char') || (item !== null && isStr(strip(item)) && open.uses.some(isJoined))) add('String', 0.9);
    const called = open.uses.map((use) =>
      use.parent?.type === 'field_expression' ? methodCall(use.parent.parent) : null,
    );
    const names = called.flatMap((call) => (call === null ? [] : [call.name.text]));
    for (const written of COLLECTIONS) {
      const type = parseType(written) as RustType;
      if (names.every((name) => stdMethod(type, name) || name === 'into_iter'))
        add(written, names.length > 0 ? 0.8 : 0.4);
    }
  }
  if (method === null || method === 'parse') {
    const float = method === null ? open.node.type === 'float_literal' : false;
    for (const guess of float ? ['f64', 'f32'] : ['i32', 'f64'])
      if (method !== null || float === guess.startsWith('f')) add(guess, 0.4);
  }
  return [...found].map(([type, agreement]) => ({ type, agreement })).sort((a, b) => b.agreement - a.agreement);
}

/** A sum of text: an operand of `+`. */
const isJoined = (node: Node): boolean =>
  node.parent?.type === 'binary_expression' && node.parent.childForFieldName('operator')?.text === '+';

/** The answer as the type of the open part; null where it cannot be one. */
function fitting({ method, node }: OpenPart, type: RustType): RustType | null {
  const inner = isPath(type, 'Option', 'Result') && method !== 'collect' ? (type.args[0] ?? type) : type;
  if (inner.kind === 'literal' || inner.kind === 'infer') return null;
  if (method === null) {
    return (node.type === 'float_literal' ? isFloat(inner) : isInteger(inner)) ? inner : null;
  }
  if (method === 'sum' || method === 'product') return isNumber(inner) ? inner : null;
  return inner;
}

/** What owns a value that is lent as `type`. */
function owned(type: RustType): RustType {
  const bare = strip(type);
  if (isStr(bare)) return parseType('String') as RustType;
  return bare.kind === 'slice' ? { kind: 'path', name: 'Vec', path: 'Vec', args: [bare.of] } : bare;
}

/** `f64` of the note "cannot satisfy `_: Sum<&f64>`", `char` of "`_: FromIterator<char>`". */
function itemType({ diagnostic }: ProposeInput): RustType | null {
  for (const { message } of diagnostic.notes) {
    for (const part of quotedParts(message)) {
      const bound = part.startsWith('_: ') ? parseType(part.slice(3)) : null;
      const item = isPath(bound, 'Sum', 'Product', 'FromIterator') ? bound.args[0] : undefined;
      if (item !== undefined && !matches(item, { kind: 'infer' })) return strip(item);
    }
  }
  return null;
}

/** Where the type is said: a turbofish, the binding, or a literal's suffix. */
function annotation({ source, node, method, binding }: OpenPart, type: string): Draft['edits'][number] | null {
  if (method !== null && method !== 'into') {
    const call = methodCall(node);
    return call === null || callArguments(node).length > 0 ? null : source.insert(call.name.endIndex, `::<${type}>`);
  }
  if (binding !== null) return source.insert(binding.endIndex, `: ${type}`);
  return method === null ? source.insert(node.endIndex, `_${type}`) : null;
}
