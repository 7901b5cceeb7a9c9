// E0368, E0369, E0614, E0277, E0600: an operator on what wraps the value: a `Mutex`, a `RefCell`, an `Option`, the
// `Result` of a lock. The value is taken out first. Text is put together where the operator cannot.
//
// *hits += 1;                            before, for hits: Arc<Mutex<usize>>
// *hits.lock().unwrap() += 1;            after
//
// Operands of two number types are types-operators', missing derives traits-derives'.
import type { Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { cast, exactNode, operand, receiver } from './support/expressions.ts';
import { enclosingFunction, returnTypeOf } from './support/functions.ts';
import { isAdapter } from './support/member-access.ts';
import { quotedParts } from './support/mismatch.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isCopy, isInteger, isPath, isStr, isText, parseType, type RustType } from './support/rust-type.ts';

export const operandsReach: Proposer = {
  name: 'operands-reach',
  codes: ['E0368', 'E0369', 'E0614', 'E0277', 'E0600'],
  propose(input) {
    return sound([...wrapped(input), ...text(input), ...negated(input)]);
  },
  examples: [
    {
      title: 'the `*` of what may be missing',
      before: rust`
        pub fn first_two(mut bytes: std::slice::Iter<'_, u8>) -> Option<u16> {
            let high = u16::from(*bytes.next()?);
            let low = u16::from(*bytes.next());
            Some(high << 8 | low)
        }
      `,
      after: rust`
        pub fn first_two(mut bytes: std::slice::Iter<'_, u8>) -> Option<u16> {
            let high = u16::from(*bytes.next()?);
            let low = u16::from(*bytes.next()?);
            Some(high << 8 | low)
        }
      `,
      within: 1,
    },
    {
      title: 'a counter behind a lock',
      before: rust`
        use std::sync::{Arc, Mutex};

        pub fn hit(hits: &Arc<Mutex<usize>>) {
            **hits += 1;
        }
      `,
      after: rust`
        use std::sync::{Arc, Mutex};

        pub fn hit(hits: &Arc<Mutex<usize>>) {
            *hits.lock().unwrap() += 1;
        }
      `,
      within: 1,
    },
    {
      title: 'the result of a lock',
      before: rust`
        use std::sync::Mutex;

        pub fn count(hits: &Mutex<usize>) -> usize {
            let count = *hits.lock();
            count
        }
      `,
      after: rust`
        use std::sync::Mutex;

        pub fn count(hits: &Mutex<usize>) -> usize {
            let count = *hits.lock().unwrap();
            count
        }
      `,
      within: 1,
    },
    {
      title: 'an option in a function that returns one',
      before: rust`
        pub fn next(values: &[i32]) -> Option<i32> {
            let sum = values.first().copied() + 1;
            Some(sum)
        }
      `,
      after: rust`
        pub fn next(values: &[i32]) -> Option<i32> {
            let sum = values.first().copied()? + 1;
            Some(sum)
        }
      `,
      within: 1,
    },
    {
      title: 'upper case is an iterator',
      before: rust`
        pub fn capital(c: char, rest: &str) -> String {
            c.to_uppercase() + rest
        }
      `,
      after: rust`
        pub fn capital(c: char, rest: &str) -> String {
            c.to_uppercase().collect::<String>() + rest
        }
      `,
      within: 1,
    },
    {
      title: 'characters and text side by side',
      before: rust`
        pub fn wrap(open: char, text: &str) -> String {
            let out = open + text;
            out
        }
      `,
      after: rust`
        pub fn wrap(open: char, text: &str) -> String {
            let out = format!("{}{}", open, text);
            out
        }
      `,
      within: 1,
    },
    {
      title: 'the next letter',
      before: rust`
        pub fn shift(c: char, by: u8) -> char {
            let shifted = c + by;
            shifted
        }
      `,
      after: rust`
        pub fn shift(c: char, by: u8) -> char {
            let shifted = (c as u8 + by) as char;
            shifted
        }
      `,
      within: 1,
    },
    {
      title: 'an unsigned number made negative',
      before: rust`
        pub fn back(steps: u32) -> i32 {
            -steps
        }
      `,
      after: rust`
        pub fn back(steps: u32) -> i32 {
            -(steps as i32)
        }
      `,
      within: 1,
    },
  ],
};

interface Operand {
  readonly source: SourceFile;
  readonly node: Node;
  readonly type: RustType;
}

/** The operands at the labels of the diagnostic, with their types. */
function operands(input: ProposeInput): Operand[] {
  const { diagnostic } = input;
  const found: Operand[] = [];
  const add = (file: string, range: { start: number; end: number }, text: string | undefined): void => {
    const source = input.source(file);
    const node = source === null ? null : exactNode(source, source.range(range));
    const type = text === undefined ? null : parseType(text);
    if (source !== null && node !== null && type !== null) found.push({ source, node, type });
  };
  for (const span of diagnostic.spans) {
    if (span.label === null) continue;
    if (diagnostic.code === 'E0369' && !span.primary) add(span.file, span, span.label);
    if (diagnostic.code === 'E0368' && span.label.startsWith('cannot use'))
      add(span.file, span, quotedParts(span.label)[1]);
  }
  const [primary] = diagnostic.spans.filter((span) => span.primary);
  const source = primary === undefined ? null : input.source(primary.file);
  if (primary !== undefined && source !== null && (diagnostic.code === 'E0614' || diagnostic.code === 'E0600')) {
    const unary = enclosing(source.nodeAt(source.range(primary)), 'unary_expression');
    const value = unary?.namedChild(0) ?? null;
    const quoted = quotedParts(diagnostic.message);
    const type = parseType((diagnostic.code === 'E0614' ? quoted[0] : quoted[1]) ?? '');
    if (value !== null && type !== null) found.push({ source, node: value, type });
  }
  if (primary !== undefined && source !== null && diagnostic.code === 'E0277') {
    const types = /`([^`]+)` (?:to|from|by|with) `([^`]+)`/.exec(diagnostic.message.replace(/^cannot \w+ /, ''));
    const binary = enclosing(source.nodeAt(source.range(primary)), 'binary_expression');
    const [left, right] = [binary?.childForFieldName('left'), binary?.childForFieldName('right')];
    // "cannot add `A` to `B`" means B + A; "cannot divide `B` by `A`" means B / A.
    const adds = /^cannot (?:add|subtract)/.test(diagnostic.message);
    const [a, b] = [parseType(types?.[1] ?? ''), parseType(types?.[2] ?? '')];
    if (left && right && a !== null && b !== null) {
      found.push({ source, node: left, type: adds ? b : a }, { source, node: right, type: adds ? a : b });
    }
  }
  return found;
}

function wrapped(input: ProposeInput): Draft[] {
  const drafts: Draft[] = [];
  for (const one of operands(input)) {
    const written = input.diagnostic.code === 'E0368';
    for (const way of takenOut(one, written)) {
      drafts.push({
        title: `Take the value out: \`${way.text}\``,
        edits: [one.source.edit(one.node.startIndex, one.node.endIndex, way.text)],
        flags: way.flags,
        features: { agreement: way.agreement },
      });
    }
  }
  return drafts;
}

interface Way {
  readonly text: string;
  readonly agreement: number;
  readonly flags: readonly CandidateFlag[];
}

function takenOut({ source, node, type }: Operand, written: boolean): Way[] {
  const fn = enclosingFunction(source, node);
  const returns = fn === null ? null : returnTypeOf(fn);
  let bare = node;
  while (bare.type === 'unary_expression' && bare.text.startsWith('*')) bare = bare.namedChild(0) as Node;
  const inner = receiver(bare.text);
  const guard = bare.parent?.type === 'unary_expression' && bare.equals(node) ? '' : '*';
  let wrapper = strip(type);
  while (isPath(wrapper, 'Rc', 'Arc', 'Box') && wrapper.args[0]) wrapper = strip(wrapper.args[0]);
  const way = (text: string, agreement: number, flags: readonly CandidateFlag[] = []): Way => ({
    text,
    agreement,
    flags,
  });
  if (isPath(wrapper, 'Mutex')) return [way(`${guard}${inner}.lock().unwrap()`, 1)];
  if (isPath(wrapper, 'RwLock')) return [way(`${guard}${inner}.${written ? 'write' : 'read'}().unwrap()`, 1)];
  if (isPath(wrapper, 'RefCell')) return [way(`${guard}${inner}.${written ? 'borrow_mut' : 'borrow'}()`, 1)];
  if (isPath(wrapper, 'Cell') && !written) return [way(`${inner}.get()`, 1)];
  if (isPath(wrapper, 'Result')) {
    const locked = /\.(?:lock|read|write)\(\)$/.test(bare.text);
    const passes = isPath(returns, 'Result') ? [way(`${inner}?`, 0.9)] : [];
    return [...(locked ? [] : passes), way(`${inner}.unwrap()`, locked ? 1 : 0.4, locked ? [] : ['invents'])];
  }
  if (isPath(wrapper, 'Option') && wrapper.kind === 'path') {
    // What the error is about has its `*` before it already: `*next()?` of `*next()`.
    const lends = guard === '*' && wrapper.args[0]?.kind === 'ref' && isCopy(wrapper.args[0].of) ? '*' : '';
    if (guard === '' && wrapper.args[0]?.kind !== 'ref') return [];
    const passes = isPath(returns, 'Option') ? [way(`${lends}${inner}?`, 0.9)] : [];
    return [...passes, way(`${lends}${inner}.unwrap()`, 0.4, ['invents'])];
  }
  return [];
}

/** `char + &str`, `&str + char`, `ToUppercase + &str`: text is put together another way. */
function text(input: ProposeInput): Draft[] {
  if (input.diagnostic.code !== 'E0369' || !input.diagnostic.message.startsWith('cannot add')) return [];
  const [left, right] = operands(input);
  if (left === undefined || right === undefined) return [];
  const [a, b] = [strip(left.type), strip(right.type)];
  const { source } = left;
  const sum = enclosing(left.node.parent, 'binary_expression');
  if (sum === null) return [];
  const textual = (type: RustType): boolean => isText(type) || isStr(type) || isPath(type, 'char', 'String');
  const replace = (title: string, edits: readonly Edit[], agreement: number): Draft => ({
    title,
    edits,
    features: { agreement },
  });
  if (isAdapter(a) && textual(b))
    return [
      replace('Collect the text', [source.insert(left.node.endIndex, '.collect::<String>()')], 1),
      replace('Print the text', [source.insert(left.node.endIndex, '.to_string()')], 0.5),
    ];
  if (isPath(a, 'char') && isInteger(b)) {
    const by = isPath(b, 'u8') || b.kind === 'literal' ? right.node.text : cast(right.node.text, 'u8');
    return [
      replace(
        'The letter that many further',
        [source.edit(sum.startIndex, sum.endIndex, `(${cast(left.node.text, 'u8')} + ${operand(by)}) as char`)],
        1,
      ),
    ];
  }
  if (textual(a) && (textual(b) || isInteger(b))) {
    const parts = terms(sum).map((node) => node.text);
    const put = `format!("${'{}'.repeat(parts.length)}", ${parts.join(', ')})`;
    return [replace('Put the text together', [source.edit(sum.startIndex, sum.endIndex, put)], 0.9)];
  }
  return [];
}

/** `a + b + c` as its terms. */
function terms(sum: Node): Node[] {
  const [left, right] = [sum.childForFieldName('left'), sum.childForFieldName('right')];
  if (sum.type !== 'binary_expression' || sum.childForFieldName('operator')?.text !== '+' || !left || !right)
    return [sum];
  return [...terms(left), right];
}

/** `-x` of an unsigned number. */
function negated(input: ProposeInput): Draft[] {
  if (input.diagnostic.code !== 'E0600' || !/`-`/.test(input.diagnostic.message)) return [];
  const [one] = operands(input);
  if (one === undefined || one.type.kind !== 'path' || !/^u(8|16|32|64|128|size)$/.test(one.type.name)) return [];
  const signed = one.type.name.replace('u', 'i');
  const fn = enclosingFunction(one.source, one.node);
  const wanted = fn?.returnType?.text ?? '';
  const types = /^i(8|16|32|64|128|size)$/.test(wanted) ? [wanted, signed] : [signed, 'i32'];
  return [...new Set(types)].map((type, index) => ({
    title: `Negate it as \`${type}\``,
    edits: [one.source.edit(one.node.startIndex, one.node.endIndex, `(${cast(one.node.text, type)})`)],
    features: { agreement: index === 0 ? 0.9 : 0.5 },
  }));
}
