// E0282, E0283, E0284, E0689: a type that nothing says, from the answers that the compiler gives about its uses: what a
// call, a result or a field expects there, and the other operand.
//
// let size = text.parse().unwrap(); grow(size)             before, for fn grow(size: u64)
// let size = text.parse::<u64>().unwrap(); grow(size)      after
//
// What the text around tells without asking is types-annotations'.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { heardOf, questionsOf } from './support/contexts.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall } from './support/expressions.ts';
import { localAt, localsNamed, usesOf } from './support/locals.ts';
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

export const typesFromUse: Proposer = {
  name: 'types-from-use',
  codes: ['E0282', 'E0283', 'E0284', 'E0689'],
  probes(input): ProbeRequest[] {
    const open = openPart(input);
    return open === null ? [] : questionsOf(open.source, open.uses, ofNumber(open));
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
      title: 'a type of the crate, from the call that its value goes to',
      before: rust`
        use std::str::FromStr;

        pub struct Parcel(u32);

        impl FromStr for Parcel {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Parcel(text.parse()?))
            }
        }

        fn price(parcel: Parcel) -> u32 {
            parcel.0 * 2
        }

        pub fn quote(text: &str) -> Option<u32> {
            let parcel = text.trim().parse().ok()?;
            let free = parcel.0 < 100;
            (!free).then(|| price(parcel))
        }
      `,
      after: rust`
        use std::str::FromStr;

        pub struct Parcel(u32);

        impl FromStr for Parcel {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Parcel(text.parse()?))
            }
        }

        fn price(parcel: Parcel) -> u32 {
            parcel.0 * 2
        }

        pub fn quote(text: &str) -> Option<u32> {
            let parcel = text.trim().parse::<Parcel>().ok()?;
            let free = parcel.0 < 100;
            (!free).then(|| price(parcel))
        }
      `,
      within: 1,
    },
    {
      title: 'a collection, from the field that it fills',
      before: rust`
        use std::collections::BTreeSet;

        pub struct Words {
            pub known: BTreeSet<String>,
            pub count: usize,
        }

        pub fn read(text: &str) -> Words {
            let known = text.split(' ').map(String::from).collect();
            let count = known.len();
            Words { known, count }
        }
      `,
      after: rust`
        use std::collections::BTreeSet;

        pub struct Words {
            pub known: BTreeSet<String>,
            pub count: usize,
        }

        pub fn read(text: &str) -> Words {
            let known = text.split(' ').map(String::from).collect::<BTreeSet<String>>();
            let count = known.len();
            Words { known, count }
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

/** The types that the value may have, best first, as they are written. */
function typesFor(input: ProposeInput, open: OpenPart): { type: string; agreement: number }[] {
  const found = new Map<string, number>();
  const add = (type: RustType | string | null, agreement: number): void => {
    const written = typeof type === 'string' || type === null ? type : writeType(type);
    if (written !== null && written !== '()' && !found.has(written)) found.set(written, agreement);
  };
  for (const heard of heardOf(input, open.source, open.uses, ofNumber(open))) {
    const type = fitting(open, owned(heard));
    if (type !== null) add(type, 1);
  }
  const { method } = open;
  if (method === 'sum' || method === 'product') add(itemType(input), 0.9);
  if (method === null)
    for (const guess of open.node.type === 'float_literal' ? ['f64', 'f32'] : ['i32']) add(guess, 0.4);
  return [...found].map(([type, agreement]) => ({ type, agreement })).sort((a, b) => b.agreement - a.agreement);
}

/** Whether the value's methods give a value of the same type again. */
const ofNumber = ({ method }: OpenPart): boolean => method !== 'collect' && method !== 'into';

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
