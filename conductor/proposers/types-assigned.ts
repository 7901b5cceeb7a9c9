// E0070, E0067 and E0308 about assignments: the two sides changed places, a getter or `.get(i)` where the place itself is
// meant, a comparison where the statement was to assign.
//
// 0 = self.count;        before
// self.count = 0;        after
import type { Diagnostic } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { methodCall } from './support/expressions.ts';
import { functionsNamed } from './support/functions.ts';
import { mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath, isUnit } from './support/rust-type.ts';
import { isTail } from './support/statements.ts';

export const typesAssigned: Proposer = {
  name: 'types-assigned',
  codes: ['E0070', 'E0067', 'E0308'],
  propose(input) {
    if (input.diagnostic.code === 'E0308') return sound(compared(input));
    const own = assignmentAt(input, input.diagnostic);
    if (own === null) return [];
    const others = input.errors.flatMap((error) => {
      const other = error === input.diagnostic ? null : assignmentAt(input, error);
      return other === null ? [] : repairs(input, other).slice(0, 1);
    });
    return sound(
      repairs(input, own).flatMap((one) => {
        const same = others.filter(({ kind }) => kind === one.kind);
        if (same.length === 0) return [one.draft];
        const repeats = same.length + 1;
        const all: Draft = {
          title: `${one.draft.title}, ${repeats} times`,
          edits: [...one.draft.edits, ...same.flatMap(({ draft }) => draft.edits)],
          features: { ...one.draft.features, repeats },
        };
        return [all, one.draft];
      }),
    );
  },
  examples: [
    {
      title: 'sides that changed places, twice',
      before: rust`
        pub fn sum(values: &[i32]) -> i32 {
            let mut total = 7;
            0 = total;
            for value in values {
                total + value = total;
            }
            total
        }
      `,
      after: rust`
        pub fn sum(values: &[i32]) -> i32 {
            let mut total = 7;
            total = 0;
            for value in values {
                total = total + value;
            }
            total
        }
      `,
      within: 1,
    },
    {
      title: 'the field behind a getter',
      before: rust`
        pub struct Cart {
            total: u32,
        }

        impl Cart {
            pub fn sum(&self) -> u32 {
                self.total
            }

            pub fn add(&mut self, price: u32) {
                self.sum() += price;
            }
        }
      `,
      after: rust`
        pub struct Cart {
            total: u32,
        }

        impl Cart {
            pub fn sum(&self) -> u32 {
                self.total
            }

            pub fn add(&mut self, price: u32) {
                self.total += price;
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a place in a list',
      before: rust`
        pub fn clear(values: &mut Vec<i32>, at: usize) {
            values.get(at) = 0;
        }
      `,
      after: rust`
        pub fn clear(values: &mut Vec<i32>, at: usize) {
            values[at] = 0;
        }
      `,
      within: 1,
    },
    {
      title: 'a comparison as a statement',
      before: rust`
        pub fn largest(values: &[i32]) -> i32 {
            let mut best = values[0];
            for &value in values {
                if value > best {
                    best == value
                }
            }
            best
        }
      `,
      after: rust`
        pub fn largest(values: &[i32]) -> i32 {
            let mut best = values[0];
            for &value in values {
                if value > best {
                    best = value;
                }
            }
            best
        }
      `,
      within: 1,
    },
  ],
};

interface Assignment {
  readonly source: SourceFile;
  readonly node: Node;
  readonly left: Node;
  readonly right: Node;
}

function assignmentAt(input: ProposeInput, diagnostic: Diagnostic): Assignment | null {
  if (diagnostic.code !== 'E0070' && diagnostic.code !== 'E0067') return null;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const range = source.range(span);
  const token = source.root.descendantForIndex(range.start, Math.max(range.start, range.end - 1));
  const node = enclosing(token, 'assignment_expression', 'compound_assignment_expr');
  const [left, right] = [node?.childForFieldName('left') ?? null, node?.childForFieldName('right') ?? null];
  return node === null || left === null || right === null ? null : { source, node, left, right };
}

interface Repair {
  readonly kind: string;
  readonly draft: Draft;
}

const PLACES: readonly string[] = ['identifier', 'field_expression', 'index_expression'];

/** Something that a value can be put into. */
function isPlace(node: Node): boolean {
  return PLACES.includes(node.type) || (node.type === 'unary_expression' && node.text.startsWith('*'));
}

function repairs(input: ProposeInput, { source, node, left, right }: Assignment): Repair[] {
  const found: Repair[] = [];
  const put = (kind: string, title: string, edits: Draft['edits'], agreement: number): void => {
    found.push({ kind, draft: { title, edits, features: { agreement } } });
  };
  const whole = (text: string): Draft['edits'] => [source.edit(left.startIndex, left.endIndex, text)];
  if (node.type === 'assignment_expression' && isPlace(right) && !isPlace(left)) {
    const edits = [
      source.edit(left.startIndex, left.endIndex, right.text),
      source.edit(right.startIndex, right.endIndex, left.text),
    ];
    put('swap', `Assign to \`${right.text}\``, edits, 1);
  }
  const call = methodCall(left);
  if (call === null) return found;
  const target = call.receiver.text;
  if (call.args.length === 0) {
    const field = fieldBehind(input, call.name.text);
    if (field !== null) put('field', `The field \`${field}\``, whole(`${target}.${field}`), 1);
    const setter = functionsNamed(input, `set_${call.name.text.replace(/^get_/, '')}`)[0];
    if (setter?.self && setter.parameters.length === 1 && node.type === 'assignment_expression')
      put(
        'setter',
        `Call \`${setter.name}\``,
        [source.edit(node.startIndex, node.endIndex, `${target}.${setter.name}(${right.text})`)],
        0.9,
      );
  }
  const index = call.args.length === 1 && ['get', 'get_mut'].includes(call.name.text) ? call.args[0] : undefined;
  if (index !== undefined) {
    put(
      'index',
      'The place itself',
      whole(`${target}[${index.text}]`),
      index.type === 'reference_expression' ? 0.5 : 1,
    );
    if (node.type === 'assignment_expression')
      put(
        'insert',
        'Insert it',
        [
          source.edit(
            node.startIndex,
            node.endIndex,
            `${target}.insert(${index.text.replace(/^&/, '')}, ${right.text})`,
          ),
        ],
        0.6,
      );
  }
  return found;
}

/** The field that a getter gives, by its body or by its name. */
function fieldBehind(input: ProposeInput, name: string): string | null {
  for (const fn of functionsNamed(input, name)) {
    if (fn.self === null || fn.parameters.length > 0 || fn.body === null) continue;
    const given = /^\{\s*&?(?:mut\s+)?self\.(\w+)(?:\.clone\(\))?\s*\}$/.exec(fn.body.text)?.[1];
    if (given !== undefined) return given;
    const own = descendants(fn.source.root, 'field_declaration').some(
      (field) => field.childForFieldName('name')?.text === name,
    );
    if (own) return name;
  }
  return null;
}

/** `a == b` where nothing is expected: it was to be assigned. */
function compared(input: ProposeInput): Draft[] {
  return mismatches(input).flatMap(({ source, node, expected, found }) => {
    if (!isUnit(expected) || !isPath(found, 'bool') || node?.type !== 'binary_expression' || !isTail(node)) return [];
    const [left, operator] = [node.childForFieldName('left'), node.childForFieldName('operator')];
    if (left === null || operator?.text !== '==' || !isPlace(left)) return [];
    return [
      {
        title: 'Assign instead of comparing',
        edits: [source.edit(operator.startIndex, operator.endIndex, '='), source.insert(node.endIndex, ';')],
        features: { agreement: 1 },
      },
    ];
  });
}
