// E0277 of `str` and `[T]` where a value has to have a size: in a signature, a field or a binding they stand behind a reference, or the
// function gives what it made as a whole.
//
// fn kind(&self) -> str { "click" }             before
// fn kind(&self) -> &'static str { "click" }    after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { functionOf, type RustFunction, resultsOf } from './support/functions.ts';
import { rust } from './support/rust.ts';

export const typesUnsized: Proposer = {
  name: 'types-unsized',
  codes: ['E0277'],
  propose(input) {
    if (!/^the size for values of type `(str|\[.*\])`/.test(input.diagnostic.message)) return [];
    const drafts: Draft[] = [];
    for (const span of input.diagnostic.spans) {
      const source = input.source(span.file);
      if (source === null) continue;
      const range = source.range(span);
      for (const type of unsizedIn(source.nodeAt(range))) drafts.push(...sized(source, type));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a text out of literals',
      before: rust`
        pub fn kind(n: u32) -> str {
            match n {
                0 => "none",
                _ => "some",
            }
        }

        pub fn is_none(n: u32) -> bool {
            kind(n) == "none"
        }
      `,
      after: rust`
        pub fn kind(n: u32) -> &'static str {
            match n {
                0 => "none",
                _ => "some",
            }
        }

        pub fn is_none(n: u32) -> bool {
            kind(n) == "none"
        }
      `,
      within: 1,
    },
    {
      title: 'parameters, every one of them',
      before: rust`
        pub fn sum(name: str, values: [i32]) -> String {
            let total: i32 = values.iter().sum();
            format!("{name}: {total}")
        }
      `,
      after: rust`
        pub fn sum(name: &str, values: &[i32]) -> String {
            let total: i32 = values.iter().sum();
            format!("{name}: {total}")
        }
      `,
      within: 1,
    },
  ],
};

const isUnsized = (node: Node): boolean =>
  (node.type === 'primitive_type' && node.text === 'str') ||
  (node.type === 'array_type' && node.childForFieldName('length') === null);

/** The type at a place, or that of the parameter, field or binding there. */
function unsizedIn(node: Node): Node[] {
  if (isUnsized(node) && node.parent?.type !== 'reference_type') return [node];
  const holder = enclosing(node, 'parameter', 'field_declaration', 'let_declaration');
  const type = holder?.childForFieldName('type') ?? null;
  return type !== null && isUnsized(type) ? [type] : [];
}

function sized(source: SourceFile, type: Node): Draft[] {
  const put = (title: string, edits: readonly Edit[], agreement: number): Draft => ({
    title,
    edits,
    features: { agreement, repeats: edits.length },
  });
  const fn = functionOf(source, enclosing(type, 'function_item', 'function_signature_item'));
  if (fn?.returnType?.equals(type))
    return given(fn, type).map(([text, agreement]) =>
      put(`\`${fn.name}\` gives \`${text}\``, [source.edit(type.startIndex, type.endIndex, text)], agreement),
    );
  const bare = fn === null ? [type] : fn.parameters.map((one) => one.type).filter(isUnsized);
  const all = bare.some((one) => one.equals(type)) ? bare : [type];
  const word = type.text === 'str' ? 'String' : `Vec<${type.namedChild(0)?.text ?? '_'}>`;
  return [
    put(
      'Behind a reference',
      all.map((one) => source.insert(one.startIndex, '&')),
      fn === null ? 0.5 : 1,
    ),
    put(`As \`${word}\``, [source.edit(type.startIndex, type.endIndex, word)], fn === null ? 0.8 : 0.4),
  ];
}

/** What a function may give instead, likelier first. */
function given(fn: RustFunction, type: Node): [string, number][] {
  const results = resultsOf(fn);
  const literal = results.length > 0 && results.every(({ type: kind }) => kind === 'string_literal');
  const owned = type.text === 'str' ? 'String' : `Vec<${type.namedChild(0)?.text ?? '_'}>`;
  const made = results.some(
    (node) => node.type === 'macro_invocation' || /\.(to_string|to_owned|to_vec|collect)\b/.test(node.text),
  );
  const lent = fn.self !== null || fn.parameters.some((one) => descendants(one.type, 'reference_type').length > 0);
  const reference: [string, number] = [`&${type.text}`, lent && !made ? 0.9 : 0.3];
  if (literal && type.text === 'str') return [["&'static str", 1], reference, [owned, 0.2]];
  return made ? [[owned, 1], reference] : [reference, [owned, 0.5]];
}
