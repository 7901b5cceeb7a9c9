// E0015, E0435, E0728: what only runs asked for where only constants can be, and the like of it for `await`. An array of
// a length that is not constant becomes a vector, a constant text or list stays borrowed, a function of the crate
// becomes `const`; a static that has to be computed is computed at its first use.
//
// let cells = [0; n];            before
// let cells = vec![0; n];        after
import type { Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, namedChildren } from './support/expressions.ts';
import { calleeOf, functionsNamed } from './support/functions.ts';
import { insertUse } from './support/imports.ts';
import { rust } from './support/rust.ts';
import { wordsIn } from './support/unresolved.ts';

export const consts: Proposer = {
  name: 'consts',
  codes: ['E0015', 'E0435', 'E0728'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const at = source.nodeAt(source.range(span));
    if (input.diagnostic.code === 'E0435') return sound(asVector(source, at));
    if (input.diagnostic.code === 'E0728') return sound(asAsync(source, at));
    return sound(asConstant(input, source, at));
  },
  examples: [
    {
      title: 'a length that is a parameter',
      before: rust`
        pub fn zeros(n: usize) -> usize {
            let cells = [0u8; n];
            cells.len()
        }
      `,
      after: rust`
        pub fn zeros(n: usize) -> usize {
            let cells = vec![0u8; n];
            cells.len()
        }
      `,
      within: 1,
    },
    {
      title: 'with its type said, and one inside the other',
      before: rust`
        pub fn grid(w: usize, h: usize) -> i32 {
            let mut cells: [[i32; w]; h] = [[0; w]; h];
            cells[0][0] = 1;
            cells[0][0]
        }
      `,
      after: rust`
        pub fn grid(w: usize, h: usize) -> i32 {
            let mut cells: Vec<Vec<i32>> = vec![vec![0; w]; h];
            cells[0][0] = 1;
            cells[0][0]
        }
      `,
      within: 1,
    },
    {
      title: 'a constant text',
      before: rust`
        const GREETING: String = String::from("hello");

        pub fn greet(name: &str) -> String {
            format!("{} {}", GREETING, name)
        }
      `,
      after: rust`
        const GREETING: &str = "hello";

        pub fn greet(name: &str) -> String {
            format!("{} {}", GREETING, name)
        }
      `,
      within: 1,
    },
    {
      title: 'a constant list',
      before: rust`
        static PRIMES: Vec<u32> = vec![2, 3, 5];

        pub fn first() -> u32 {
            PRIMES[0]
        }
      `,
      after: rust`
        static PRIMES: &[u32] = &[2, 3, 5];

        pub fn first() -> u32 {
            PRIMES[0]
        }
      `,
      within: 1,
    },
    {
      title: 'a function of the crate',
      before: rust`
        fn square(x: u32) -> u32 {
            x * x
        }

        pub const AREA: u32 = square(4);
      `,
      after: rust`
        const fn square(x: u32) -> u32 {
            x * x
        }

        pub const AREA: u32 = square(4);
      `,
      within: 1,
    },
    {
      title: 'a map that is filled at its first use',
      before: rust`
        use std::collections::HashMap;

        static CODES: HashMap<&str, u8> = HashMap::from([("a", 1), ("b", 2)]);

        pub fn code(name: &str) -> Option<u8> {
            CODES.get(name).copied()
        }
      `,
      after: rust`
        use std::collections::HashMap;
        use std::sync::LazyLock;

        static CODES: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| HashMap::from([("a", 1), ("b", 2)]));

        pub fn code(name: &str) -> Option<u8> {
            CODES.get(name).copied()
        }
      `,
      within: 1,
    },
    {
      title: 'waiting in a function that is not async',
      before: rust`
        async fn fetch() -> i32 {
            3
        }

        pub fn twice() -> i32 {
            fetch().await * 2
        }
      `,
      after: rust`
        async fn fetch() -> i32 {
            3
        }

        pub async fn twice() -> i32 {
            fetch().await * 2
        }
      `,
      within: 1,
    },
  ],
};

/** `[value; n]` as `vec![value; n]`, inner ones and the written type included. */
function asVector(source: SourceFile, at: Node): Draft[] {
  let array = enclosing(at, 'array_expression');
  const binding = enclosing(at, 'let_declaration');
  const type = binding?.childForFieldName('type') ?? null;
  if (array === null) array = binding?.childForFieldName('value') ?? null;
  if (array?.type !== 'array_expression') return [];
  while (array.parent?.type === 'array_expression') array = array.parent;
  const edits: Edit[] = [];
  const written = vectorOf(source, array);
  edits.push(source.edit(array.startIndex, array.endIndex, written));
  if (type !== null && type.type === 'array_type')
    edits.push(source.edit(type.startIndex, type.endIndex, vectorType(type)));
  return [{ title: 'A vector instead of an array', edits, features: { agreement: 1 } }];
}

function vectorOf(source: SourceFile, node: Node): string {
  if (node.type !== 'array_expression') return node.text;
  const parts = namedChildren(node);
  const text = source.text.slice(node.startIndex, node.endIndex);
  const [value, length] = parts;
  return text.includes(';') && parts.length === 2 && value && length
    ? `vec![${vectorOf(source, value)}; ${length.text}]`
    : `vec![${parts.map((part) => vectorOf(source, part)).join(', ')}]`;
}

function vectorType(type: Node): string {
  if (type.type !== 'array_type') return type.text;
  const inner = type.childForFieldName('element') ?? type.namedChild(0);
  return `Vec<${inner === null ? '_' : vectorType(inner)}>`;
}

function asAsync(source: SourceFile, at: Node): Draft[] {
  const fn = enclosing(at, 'function_item', 'closure_expression');
  if (fn?.type !== 'function_item' || fn.childForFieldName('name')?.text === 'main') return [];
  const keyword = fn.children.find((child) => child?.type === 'fn');
  return keyword
    ? [
        {
          title: 'Make the function `async`',
          edits: [source.insert(keyword.startIndex, 'async ')],
          features: { agreement: 0.7 },
        },
      ]
    : [];
}

function asConstant(input: ProposeInput, source: SourceFile, at: Node): Draft[] {
  const item = enclosing(at, 'const_item', 'static_item');
  const type = item?.childForFieldName('type') ?? null;
  const value = item?.childForFieldName('value') ?? null;
  if (item === null || type === null || value === null) return [];
  const drafts: Draft[] = [];
  const set = (title: string, typeText: string, text: string, agreement: number, more: readonly Edit[] = []): void => {
    drafts.push({
      title,
      edits: [
        ...more,
        source.edit(type.startIndex, type.endIndex, typeText),
        source.edit(value.startIndex, value.endIndex, text),
      ],
      features: { agreement },
    });
  };
  const literal = textLiteral(value);
  if (literal !== null && type.text === 'String') set('A text that lives for ever', '&str', literal, 1);
  const items = value.type === 'macro_invocation' && /^vec!\s*\[([\s\S]*)\]$/.exec(value.text)?.[1];
  const element = /^Vec<([\s\S]*)>$/.exec(type.text)?.[1];
  if (items && element && !items.includes(';')) {
    const plain =
      element === 'String'
        ? items.replace(
            /("(?:[^"\\]|\\.)*")\.(?:to_string|to_owned|into)\(\)|String::from\(("(?:[^"\\]|\\.)*")\)/g,
            '$1$2',
          )
        : items;
    set('A list that lives for ever', `&[${element === 'String' ? '&str' : element}]`, `&[${plain}]`, 1);
  }
  const call = enclosing(at, 'call_expression');
  const callee = call === null ? null : (calleeOf(call)?.name.text ?? null);
  const [fn, other] = callee === null ? [] : functionsNamed(input, callee);
  const keyword = fn?.node.children.find((child) => child?.type === 'fn');
  if (fn !== undefined && other === undefined && keyword)
    drafts.push({
      title: `Make \`${fn.name}\` a \`const fn\``,
      edits: [fn.source.insert(keyword.startIndex, 'const ')],
      features: { agreement: 0.9 },
    });
  if (item.type === 'static_item') {
    const use = wordsIn(source).has('LazyLock') ? null : insertUse(source, item.startIndex, 'std::sync::LazyLock');
    set(
      'Computed at its first use',
      `LazyLock<${type.text}>`,
      `LazyLock::new(|| ${value.text})`,
      0.6,
      use === null ? [] : [use],
    );
  }
  return drafts;
}

/** `String::from("x")`, `"x".to_string()`: the literal. */
function textLiteral(value: Node): string | null {
  const method = methodCall(value);
  if (
    method !== null &&
    ['to_string', 'to_owned', 'into'].includes(method.name.text) &&
    method.receiver.type === 'string_literal'
  )
    return method.receiver.text;
  const [argument] =
    value.type === 'call_expression' && value.childForFieldName('function')?.text === 'String::from'
      ? callArguments(value)
      : [];
  return argument?.type === 'string_literal' ? argument.text : null;
}
