// E0308, E0326 answered at the declaration: the type of a parameter, result, field or binding becomes what is used. The value
// stays as it is; whether the other uses agree is for the check to say.
//
// fn half(n: i32) -> i32 { n as f64 / 2.0 }     before
// fn half(n: i32) -> f64 { n as f64 / 2.0 }     after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments } from './support/expressions.ts';
import { calleeOf, enclosingFunction, functionsNamed, leavesFunction } from './support/functions.ts';
import { localAt } from './support/locals.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { numericLiteral } from './support/numbers.ts';
import { rust } from './support/rust.ts';
import { isFloat, isNumber, isUnit, matches, parseType, type RustType, writeType } from './support/rust-type.ts';

export const typesDeclared: Proposer = {
  name: 'types-declared',
  codes: ['E0308', 'E0326'],
  propose(input) {
    return sound(
      mismatches(input).flatMap((one) => [
        ...initialLiteral(one),
        ...annotation(one),
        ...traitConstant(one),
        ...result(one),
        ...parameter(input, one),
        ...ownParameter(one),
        ...field(input, one),
        ...calledResult(input, one),
      ]),
    );
  },
  examples: [
    {
      title: 'a binding of another type than what it is lent to',
      before: rust`
        fn append(out: &mut Vec<u8>, text: &[u8]) {
            out.extend_from_slice(text);
        }

        pub fn quoted(text: &[u8]) -> Vec<u8> {
            let mut out: Vec<i32> = Vec::new();
            append(&mut out, text);
            out
        }
      `,
      after: rust`
        fn append(out: &mut Vec<u8>, text: &[u8]) {
            out.extend_from_slice(text);
        }

        pub fn quoted(text: &[u8]) -> Vec<u8> {
            let mut out: Vec<u8> = Vec::new();
            append(&mut out, text);
            out
        }
      `,
      within: 2,
    },
    {
      title: 'a constant of a trait',
      before: rust`
        pub trait Scale {
            const LARGEST: i32;
        }

        pub struct Single;

        impl Scale for Single {
            const LARGEST: i64 = 38;
        }
      `,
      after: rust`
        pub trait Scale {
            const LARGEST: i32;
        }

        pub struct Single;

        impl Scale for Single {
            const LARGEST: i32 = 38;
        }
      `,
      within: 1,
    },
    {
      title: 'a result type that lacks what its value is wrapped in',
      before: rust`
        pub fn each<T: std::str::FromStr>(words: &[&str]) -> Result<T, String> {
            words.iter().map(|word| word.parse().map_err(|_| word.to_string())).collect::<Result<Vec<_>, _>>()
        }
      `,
      after: rust`
        pub fn each<T: std::str::FromStr>(words: &[&str]) -> Result<Vec<T>, String> {
            words.iter().map(|word| word.parse().map_err(|_| word.to_string())).collect::<Result<Vec<_>, _>>()
        }
      `,
    },
    {
      title: 'a result type',
      before: rust`
        pub fn half(n: i32) -> i32 {
            n as f64 / 2.0
        }
      `,
      after: rust`
        pub fn half(n: i32) -> f64 {
            n as f64 / 2.0
        }
      `,
      within: 1,
    },
    {
      title: 'a counter that starts as the wrong number',
      before: rust`
        pub fn count(values: &[f64]) -> f64 {
            let mut total = 0;
            for _ in values {
                total = total + 1;
            }
            total
        }
      `,
      after: rust`
        pub fn count(values: &[f64]) -> f64 {
            let mut total = 0.0;
            for _ in values {
                total = total + 1.0;
            }
            total
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter, from the call',
      before: rust`
        fn twice(n: i32) -> u64 {
            (n + n) as u64
        }

        pub fn four(n: u64) -> u64 {
            twice(n)
        }
      `,
      after: rust`
        fn twice(n: u64) -> u64 {
            (n + n) as u64
        }

        pub fn four(n: u64) -> u64 {
            twice(n)
        }
      `,
    },
    {
      title: 'a parameter, from its use',
      before: rust`
        fn repeat(word: &str, times: i32) -> String {
            word.repeat(times)
        }

        pub fn laugh() -> String {
            repeat("ha", 3)
        }
      `,
      after: rust`
        fn repeat(word: &str, times: usize) -> String {
            word.repeat(times)
        }

        pub fn laugh() -> String {
            repeat("ha", 3)
        }
      `,
      within: 1,
    },
    {
      title: 'a field',
      before: rust`
        pub struct Word {
            length: u32,
        }

        impl Word {
            pub fn new(text: &str) -> Self {
                Word { length: text.len() }
            }

            pub fn is_long(&self) -> bool {
                self.length > 9
            }
        }
      `,
      after: rust`
        pub struct Word {
            length: usize,
        }

        impl Word {
            pub fn new(text: &str) -> Self {
                Word { length: text.len() }
            }

            pub fn is_long(&self) -> bool {
                self.length > 9
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the annotation of a binding',
      before: rust`
        pub fn letters(word: &str) -> bool {
            let count: u32 = word.chars().count();
            count > 3
        }
      `,
      after: rust`
        pub fn letters(word: &str) -> bool {
            let count: usize = word.chars().count();
            count > 3
        }
      `,
      within: 1,
    },
  ],
};

/** `let mut total = 0;` where a float is needed; literals that are added to it change along. */
function initialLiteral(one: Mismatch): Draft[] {
  const { source, node, expected, found } = one;
  if (node?.type !== 'identifier' || !isNumber(found) || !isNumber(expected)) return [];
  const local = localAt(source, node);
  const value = local?.value ?? null;
  if (local?.declaration.type !== 'let_declaration' || value === null) return [];
  const literal = numericLiteral(value.text, expected);
  if (literal === null || literal === value.text) {
    const name = writeType(expected);
    const plain = value.type === 'integer_literal' || value.type === 'float_literal' ? name : null;
    if (plain === null || local.type !== null) return [];
    return [
      {
        title: `\`${local.name}\` is \`${plain}\``,
        edits: [source.insert(local.node.endIndex, `: ${plain}`)],
        features: { agreement: 0.6 },
      },
    ];
  }
  const edits = [source.edit(value.startIndex, value.endIndex, literal)];
  if (local.type !== null)
    edits.push(source.edit(local.type.startIndex, local.type.endIndex, writeType(expected) as string));
  if (isFloat(expected)) edits.push(...addedLiterals(source, local.name, local.declaration, expected));
  return [
    { title: `\`${local.name}\` starts as \`${literal}\``, edits, features: { agreement: 0.8, repeats: edits.length } },
  ];
}

/** Literals that are combined with or assigned to a binding in the rest of its block. */
function addedLiterals(source: SourceFile, name: string, declaration: Node, type: RustType): Draft['edits'][number][] {
  const block = declaration.parent;
  if (block === null) return [];
  return descendants(block, 'binary_expression', 'assignment_expression', 'compound_assignment_expr').flatMap(
    (node) => {
      const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
      if (node.startIndex < declaration.endIndex || !left || !right) return [];
      const other = left.text === name ? right : right.text === name ? left : null;
      const text = other?.type === 'integer_literal' ? numericLiteral(other.text, type) : null;
      return other === null || text === null ? [] : [source.edit(other.startIndex, other.endIndex, text)];
    },
  );
}

/** `let x: T = value`. */
function annotation({ source, node, found }: Mismatch): Draft[] {
  const parent = node?.parent;
  const type = parent?.type === 'let_declaration' ? parent.childForFieldName('type') : null;
  const name = writeType(found);
  if (!node || !parent?.childForFieldName('value')?.equals(node) || !type || name === null) return [];
  return [
    {
      title: `Declare it as \`${name}\``,
      edits: [source.edit(type.startIndex, type.endIndex, name)],
      features: { agreement: 0.6 },
    },
  ];
}

/** A constant of a trait: the implementation says another type than the trait. */
function traitConstant({ source, node, expected }: Mismatch): Draft[] {
  const type = node?.parent?.type === 'const_item' ? node.parent.childForFieldName('type') : null;
  const name = writeType(expected);
  if (!node || !type?.equals(node) || name === null) return [];
  return [
    {
      title: `As the trait says: \`${name}\``,
      edits: [source.edit(type.startIndex, type.endIndex, name)],
      features: { agreement: 1, idiom: 1 },
    },
  ];
}

/** The function's result, when the value is its tail or what it returns. */
function result({ source, node, expected, found }: Mismatch): Draft[] {
  const fn = enclosingFunction(source, node);
  const name = writeType(filled(found, fn?.returnType ? parseType(fn.returnType.text) : null));
  if (node === null || name === null || fn === null || fn.returnType === null || isUnit(found)) return [];
  const declared = parseType(fn.returnType.text);
  if (declared === null || !matches(declared, expected) || !leavesFunction(node, fn.body)) return [];
  return [
    {
      title: `\`${fn.name}\` returns \`${name}\``,
      edits: [source.edit(fn.returnType.startIndex, fn.returnType.endIndex, name)],
      features: { agreement: 0.7 },
    },
  ];
}

/** A type with its open parts filled by what is written there: `Result<Vec<_>, _>` for `Result<T, Error>` is `Result<Vec<T>, Error>`. */
function filled(found: RustType, written: RustType | null): RustType {
  if (written === null) return found;
  if (found.kind === 'infer') return written;
  if (found.kind !== 'path') return found;
  if (written.kind === 'path' && written.name === found.name && written.args.length <= found.args.length)
    return { ...found, path: written.path, args: found.args.map((arg, at) => filled(arg, written.args[at] ?? null)) };
  // What it is wrapped in is new: the one open part within is what stood there.
  return found.args.filter((arg) => arg.kind === 'infer').length === 1
    ? { ...found, args: found.args.map((arg) => (arg.kind === 'infer' ? written : arg)) }
    : found;
}

/** The parameter that a wrong argument is for. */
function parameter(input: ProposeInput, { node, found }: Mismatch): Draft[] {
  const call = node?.parent?.type === 'arguments' ? node.parent.parent : null;
  const callee = call?.type === 'call_expression' ? calleeOf(call) : null;
  const name = writeType(found);
  if (!node || !call || callee === null || name === null) return [];
  const position = callArguments(call).findIndex((arg) => arg.equals(node));
  return functionsNamed(input, callee.name.text).flatMap((fn) => {
    const shift = fn.self !== null && callee.receiver === null ? 1 : 0;
    const target = fn.parameters[position - shift];
    const other = callee.receiver !== null && fn.self === null;
    if (target === undefined || other || callArguments(call).length - shift !== fn.parameters.length) return [];
    return [
      {
        title: `\`${fn.name}\` takes \`${target.pattern.text}: ${name}\``,
        edits: [fn.source.edit(target.type.startIndex, target.type.endIndex, name)],
        features: { agreement: 0.5 },
      },
    ];
  });
}

/** The declared type of a parameter or binding that is used as another type. */
function ownParameter({ source, node: value, expected: asked }: Mismatch): Draft[] {
  const lent = value?.type === 'reference_expression' && asked.kind === 'ref';
  const node = lent ? value.childForFieldName('value') : value;
  const expected = lent ? asked.of : asked;
  const local = node?.type === 'identifier' ? localAt(source, node) : null;
  const name = writeType(expected);
  if (local === null || local.type === null || name === null || !local.plain) return [];
  return [
    {
      title: `\`${local.name}\` is \`${name}\``,
      edits: [source.edit(local.type.startIndex, local.type.endIndex, name)],
      features: { agreement: 0.6 },
    },
  ];
}

/** The field that a value is for (found), or that is read (expected). */
function field(input: ProposeInput, { node, expected, found }: Mismatch): Draft[] {
  const initialiser = node?.parent?.type === 'field_initializer' ? node.parent : null;
  const read = node?.type === 'field_expression' ? node.childForFieldName('field') : null;
  const fieldName = initialiser?.childForFieldName('field')?.text ?? read?.text ?? null;
  const declared = initialiser !== null ? expected : found;
  const type = writeType(initialiser !== null ? found : expected);
  if (fieldName === null || type === null) return [];
  const owner =
    initialiser === null
      ? null
      : (enclosing(initialiser, 'struct_expression')?.childForFieldName('name')?.text ?? null);
  const drafts: Draft[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null) continue;
    for (const item of descendants(source.root, 'field_declaration')) {
      const target = item.childForFieldName('type');
      const structName = enclosing(item, 'struct_item')?.childForFieldName('name')?.text;
      if (item.childForFieldName('name')?.text !== fieldName || target === null) continue;
      if (owner !== null && owner !== 'Self' && structName !== owner.split('::').at(-1)) continue;
      const written = parseType(target.text);
      if (written === null || !matches(written, declared)) continue;
      drafts.push({
        title: `\`${structName}.${fieldName}\` is \`${type}\``,
        edits: [source.edit(target.startIndex, target.endIndex, type)],
        features: { agreement: 0.6 },
      });
    }
  }
  return drafts;
}

/** The result type of a function of this crate whose call has the wrong type. */
function calledResult(input: ProposeInput, { node, expected, found }: Mismatch): Draft[] {
  const callee = node?.type === 'call_expression' ? calleeOf(node) : null;
  const name = writeType(expected);
  if (callee === null || name === null) return [];
  return functionsNamed(input, callee.name.text).flatMap((fn) => {
    const written = fn.returnType === null ? null : parseType(fn.returnType.text);
    if (fn.returnType === null || written === null || !matches(written, found)) return [];
    return [
      {
        title: `\`${fn.name}\` returns \`${name}\``,
        edits: [fn.source.edit(fn.returnType.startIndex, fn.returnType.endIndex, name)],
        features: { agreement: 0.4 },
      },
    ];
  });
}
