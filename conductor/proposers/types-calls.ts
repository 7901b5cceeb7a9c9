// E0308 answered in the call that makes the value: an `unwrap` or `?` too much, a turbofish that says another type, a
// `contains` that compares texts of two kinds.
//
// self.items.last().unwrap()        before, where an Option is expected
// self.items.last()                 after
import { enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, receiver, referenced } from './support/expressions.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isPath, isStr, matches, type RustType, writeType } from './support/rust-type.ts';

export const typesCalls: Proposer = {
  name: 'types-calls',
  codes: ['E0308', 'E0277'],
  propose(input) {
    return sound(mismatches(input).flatMap((one) => [...opened(one), ...turbofish(one), ...contains(one)]));
  },
  examples: [
    {
      title: 'an unwrap too much',
      before: rust`
        pub fn last(items: &[String]) -> Option<&String> {
            items.last().unwrap()
        }
      `,
      after: rust`
        pub fn last(items: &[String]) -> Option<&String> {
            items.last()
        }
      `,
      within: 1,
    },
    {
      title: 'a question mark too much',
      before: rust`
        pub fn number(text: &str) -> Result<i32, std::num::ParseIntError> {
            text.trim().parse::<i32>()?
        }
      `,
      after: rust`
        pub fn number(text: &str) -> Result<i32, std::num::ParseIntError> {
            text.trim().parse::<i32>()
        }
      `,
      within: 1,
    },
    {
      title: 'a turbofish that says another number',
      before: rust`
        pub fn number(text: &str) -> Result<u64, std::num::ParseIntError> {
            text.trim().parse::<i32>()
        }
      `,
      after: rust`
        pub fn number(text: &str) -> Result<u64, std::num::ParseIntError> {
            text.trim().parse::<u64>()
        }
      `,
      within: 1,
    },
    {
      title: 'a text among strings',
      before: rust`
        pub fn has(tags: &Vec<String>, tag: &str) -> bool {
            tags.contains(tag)
        }
      `,
      after: rust`
        pub fn has(tags: &Vec<String>, tag: &str) -> bool {
            tags.iter().any(|x| x == tag)
        }
      `,
      within: 1,
    },
  ],
};

const OPENING: ReadonlySet<string> = new Set(['unwrap', 'expect', 'unwrap_or_default']);

/** `x.unwrap()` and `x?` where the option or result itself is wanted. */
function opened(one: Mismatch): Draft[] {
  if (!isPath(one.expected, 'Option', 'Result') || one.node === null || isPath(one.found, 'Option', 'Result'))
    return [];
  const held = one.expected.kind === 'path' ? one.expected.args[0] : undefined;
  if (held !== undefined && !matches(strip(held), strip(one.found))) return [];
  const call = methodCall(one.node);
  const inner =
    one.node.type === 'try_expression'
      ? one.node.namedChild(0)
      : call !== null && OPENING.has(call.name.text)
        ? call.receiver
        : null;
  if (inner === null) return [];
  return [
    {
      title: 'Hand on what may be nothing',
      edits: [one.source.edit(inner.endIndex, one.node.endIndex, '')],
      features: { agreement: 1 },
    },
  ];
}

/** `collect::<Vec<A>>()`, `parse::<A>()`: the type between the brackets becomes the expected one. */
function turbofish(one: Mismatch): Draft[] {
  if (one.node === null) return [];
  const drafts: Draft[] = [];
  for (let node: Node | null = one.node; node !== null; node = methodCall(node)?.receiver ?? null) {
    const callee = node.type === 'call_expression' ? node.childForFieldName('function') : null;
    const list = callee?.type === 'generic_function' ? callee.childForFieldName('type_arguments') : null;
    const written = list?.namedChildCount === 1 ? list.namedChild(0) : null;
    if (!written) continue;
    for (const [found, expected] of pairs(one.found, one.expected)) {
      const text = writeType(expected);
      if (text === null || writeType(found)?.replace(/\s+/g, '') !== written.text.replace(/\s+/g, '')) continue;
      drafts.push({
        title: `\`${text}\` in the turbofish`,
        edits: [one.source.edit(written.startIndex, written.endIndex, text)],
        features: { agreement: 1 },
      });
      break;
    }
    break;
  }
  return drafts;
}

/** A type and what it holds, beside the same of another. */
function pairs(found: RustType, expected: RustType): [RustType, RustType][] {
  const list: [RustType, RustType][] = [[found, expected]];
  if (found.kind === 'path' && expected.kind === 'path' && found.name === expected.name)
    found.args.forEach((arg, index) => {
      const other = expected.args[index];
      if (other !== undefined) list.push(...pairs(arg, other));
    });
  return list;
}

/** `list_of_strings.contains(text)`: each is compared. */
function contains(one: Mismatch): Draft[] {
  const [to, from] = [one.expected, one.found];
  const textual = to.kind === 'ref' && isPath(to.of, 'String') && from.kind === 'ref' && isStr(from.of);
  const call = methodCall(enclosing(one.node?.parent ?? null, 'call_expression'));
  if (
    !textual ||
    call === null ||
    call.name.text !== 'contains' ||
    callArguments(call.node)[0]?.equals(one.node as Node) !== true
  )
    return [];
  const value = referenced(one.node)?.text ?? one.text;
  return [
    {
      title: 'Compare with each',
      edits: [
        one.source.edit(
          call.node.startIndex,
          call.node.endIndex,
          `${receiver(call.receiver.text)}.iter().any(|x| x == ${value})`,
        ),
      ],
      features: { agreement: 0.9 },
    },
    {
      title: 'Ask for a string',
      edits: [one.source.edit(one.range.start, one.range.end, `&${receiver(value)}.to_string()`)],
      features: { agreement: 0.8 },
    },
  ];
}
