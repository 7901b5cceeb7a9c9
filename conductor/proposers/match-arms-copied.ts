// E0004: a missing arm whose body another place holds: the same arm of another `match` over these variants, or an operator
// that the variant is named after while its siblings do the same with theirs.
//
// Op::Add => a + b, Op::Sub => a - b,                        before (Mul is missing)
// Op::Add => a + b, Op::Sub => a - b, Op::Mul => a * b,      after
//
// Bodies that spell their variant, or are all the same, are match-arms'.
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const matchArmsCopied: Proposer = {
  name: 'match-arms-copied',
  codes: ['E0004'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const match = enclosing(source.nodeAt(source.range(span)), 'match_expression');
    const arms = match === null ? [] : armsOf(match);
    const [named, labelled] = [quotedParts(input.diagnostic.message), quotedParts(span.label ?? '')];
    const missing = (labelled.length > named.length ? labelled : named).map((pattern) => pattern.replace(/^&+/, ''));
    if (match === null || arms.length === 0 || missing.length === 0) return [];
    const drafts: Draft[] = [];
    for (const find of [operator, inverse, lastLeft, copied]) {
      const found = missing.map((pattern) => find(input, match, arms, pattern)).filter((one) => one !== null);
      if (found.length < missing.length) continue;
      drafts.push({
        title: `Add ${missing.map((pattern) => `\`${pattern}\``).join(', ')}, ${REASONS.get(find)}`,
        edits: [
          appended(
            source,
            match,
            arms,
            found.map((one) => one.text),
          ),
        ],
        flags: found.every((one) => one.sure) ? [] : ['invents'],
        features: { agreement: find === copied ? 0.7 : 1, idiom: find === copied ? 0 : 1 },
      });
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'an operator by its name',
      before: rust`
        pub enum Op {
            Add,
            Sub,
            Mul,
        }

        pub fn apply(op: &Op, a: i32, b: i32) -> i32 {
            match op {
                Op::Add => a + b,
                Op::Sub => a - b,
            }
        }
      `,
      after: rust`
        pub enum Op {
            Add,
            Sub,
            Mul,
        }

        pub fn apply(op: &Op, a: i32, b: i32) -> i32 {
            match op {
                Op::Add => a + b,
                Op::Sub => a - b,
                Op::Mul => a * b,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'as the match beside it',
      before: rust`
        use std::ops::Bound;

        pub fn ends(low: Bound<&u32>, high: Bound<&u32>) -> (u32, u32) {
            let low = match low {
                Bound::Included(&x) => x,
                Bound::Excluded(&x) => x + 1,
                Bound::Unbounded => 0,
            };
            let high = match high {
                Bound::Excluded(&x) => x - 1,
                Bound::Unbounded => 9,
            };
            (low, high)
        }
      `,
      after: rust`
        use std::ops::Bound;

        pub fn ends(low: Bound<&u32>, high: Bound<&u32>) -> (u32, u32) {
            let low = match low {
                Bound::Included(&x) => x,
                Bound::Excluded(&x) => x + 1,
                Bound::Unbounded => 0,
            };
            let high = match high {
                Bound::Excluded(&x) => x - 1,
                Bound::Unbounded => 9,
                Bound::Included(&x) => x,
            };
            (low, high)
        }
      `,
      within: 1,
    },
    {
      title: 'where a turn closes',
      before: rust`
        #[derive(Clone, Copy)]
        pub enum Side {
            North,
            East,
            South,
            West,
        }

        pub fn right(side: Side) -> Side {
            match side {
                Side::North => Side::East,
                Side::East => Side::South,
                Side::South => Side::West,
            }
        }
      `,
      after: rust`
        #[derive(Clone, Copy)]
        pub enum Side {
            North,
            East,
            South,
            West,
        }

        pub fn right(side: Side) -> Side {
            match side {
                Side::North => Side::East,
                Side::East => Side::South,
                Side::South => Side::West,
                Side::West => Side::North,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'what another match reads',
      before: rust`
        #[derive(Clone, Copy)]
        pub enum Unit {
            Gram,
            Liter,
            Piece,
        }

        pub fn parse(text: &str) -> Option<Unit> {
            match text {
                "g" => Some(Unit::Gram),
                "l" => Some(Unit::Liter),
                "pc" | "x" => Some(Unit::Piece),
                _ => None,
            }
        }

        pub fn name(unit: &Unit) -> &'static str {
            match unit {
                Unit::Gram => "g",
                Unit::Liter => "l",
            }
        }
      `,
      after: rust`
        #[derive(Clone, Copy)]
        pub enum Unit {
            Gram,
            Liter,
            Piece,
        }

        pub fn parse(text: &str) -> Option<Unit> {
            match text {
                "g" => Some(Unit::Gram),
                "l" => Some(Unit::Liter),
                "pc" | "x" => Some(Unit::Piece),
                _ => None,
            }
        }

        pub fn name(unit: &Unit) -> &'static str {
            match unit {
                Unit::Gram => "g",
                Unit::Liter => "l",
                Unit::Piece => "pc",
            }
        }
      `,
      within: 1,
    },
  ],
};

interface Found {
  readonly text: string;
  readonly sure: boolean;
}

interface Arm {
  readonly node: Node;
  /** As written, without what it binds: `Bound::Included(_)`. */
  readonly pattern: Node;
  readonly value: Node;
  readonly guarded: boolean;
}

function armsOf(match: Node): Arm[] {
  const body = match.childForFieldName('body');
  return (body === null ? [] : namedChildren(body)).flatMap((node): Arm[] => {
    const matched = node.type === 'match_arm' ? node.childForFieldName('pattern') : null;
    const pattern = matched?.namedChild(0) ?? null;
    const value = node.type === 'match_arm' ? node.childForFieldName('value') : null;
    if (matched === null || matched === undefined || pattern === null || value === null) return [];
    return [{ node, pattern, value, guarded: matched.childForFieldName('condition') !== null }];
  });
}

/** `Some(Op::Add)` → `Some(Add)`, with bindings and literals left out: what two patterns have in common. */
function shapeOf(pattern: string): string {
  return pattern
    .replace(/\b(?:\w+::)+/g, '')
    .replace(/\b(?:ref|mut)\b\s*|&/g, '')
    .replace(/\{[^{}]*\}/g, '{}')
    .replace(/(?<![\w])[a-z_]\w*/g, '_')
    .replace(/\s+/g, '');
}

type Find = (input: ProposeInput, match: Node, arms: readonly Arm[], missing: string) => Found | null;

const REASONS: ReadonlyMap<Find, string> = new Map<Find, string>([
  [operator, 'as its name says'],
  [inverse, 'as another match reads it'],
  [lastLeft, 'what no other arm gives'],
  [copied, 'as another match has it'],
]);

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^(?:add|plus|addition|sum)$/i, '+'],
  [/^(?:sub|subtract|minus|subtraction|difference)$/i, '-'],
  [/^(?:mul|multiply|times|multiplication|mult|star|product)$/i, '*'],
  [/^(?:div|divide|division|slash|quotient)$/i, '/'],
  [/^(?:rem|mod|modulo|remainder|percent)$/i, '%'],
  [/^(?:eq|equal|equals)$/i, '=='],
  [/^(?:ne|notequal|neq)$/i, '!='],
  [/^(?:lt|less|lessthan)$/i, '<'],
  [/^(?:le|lte|lessequal|lessorequal)$/i, '<='],
  [/^(?:gt|greater|greaterthan)$/i, '>'],
  [/^(?:ge|gte|greaterequal|greaterorequal)$/i, '>='],
  [/^(?:and)$/i, '&&'],
  [/^(?:or)$/i, '||'],
  [/^(?:bitand)$/i, '&'],
  [/^(?:bitor)$/i, '|'],
  [/^(?:bitxor|xor)$/i, '^'],
  [/^(?:shl|shiftleft)$/i, '<<'],
  [/^(?:shr|shiftright)$/i, '>>'],
];

const signOf = (name: string): string | null => SIGNS.find(([word]) => word.test(name))?.[1] ?? null;

/** The arm with a sibling's body, the operator changed as the two names say. */
function operator(_input: ProposeInput, _match: Node, arms: readonly Arm[], missing: string): Found | null {
  const variant = /(?:^|::)(\w+)(?:\(|$)/.exec(missing)?.[1];
  const sign = variant === undefined ? null : signOf(variant);
  if (variant === undefined || sign === null) return null;
  const bodies: { readonly arm: Arm; readonly own: string; readonly name: string }[] = [];
  for (const arm of arms) {
    const name = /(?:^|::)(\w+)(?:\(|$)/.exec(arm.pattern.text)?.[1] ?? '';
    const own = signOf(name);
    if (own === null || arm.guarded) continue;
    const uses = descendants(arm.value, 'binary_expression').filter(
      (node) => node.childForFieldName('operator')?.text === own,
    );
    if (uses.length !== 1) return null;
    bodies.push({ arm, own, name });
  }
  const [first, second] = bodies;
  if (first === undefined || second === undefined) return null;
  const body = (one: (typeof bodies)[number], to: string): string => {
    const node = descendants(one.arm.value, 'binary_expression').find(
      (binary) => binary.childForFieldName('operator')?.text === one.own,
    );
    const at = node?.childForFieldName('operator');
    if (!at) return '';
    const start = at.startIndex - one.arm.value.startIndex;
    return one.arm.value.text.slice(0, start) + to + one.arm.value.text.slice(start + one.own.length);
  };
  // Two siblings say the same but for their operators.
  if (body(first, second.own).replace(/\s+/g, '') !== second.arm.value.text.replace(/\s+/g, '')) return null;
  const pattern = first.arm.pattern.text.replace(new RegExp(`\\b${first.name}\\b`), variant);
  return { text: `${pattern} => ${body(first, sign)},`, sure: true };
}

/**
 * Another match goes the other way for all arms that are here: `"g" => Unit::Gram` there and `Unit::Gram => "g"` here; so does the
 * missing one.
 */
function inverse(input: ProposeInput, match: Node, arms: readonly Arm[], missing: string): Found | null {
  const plain = (text: string): string =>
    text
      .replace(/^(?:Some|Ok)\((.*)\)$/s, '$1')
      .replace(/\b(?:\w+::)+/g, '')
      .trim();
  const wanted = plain(missing);
  for (const file of input.files) {
    const source = input.source(file);
    for (const other of source === null ? [] : descendants(source.root, 'match_expression')) {
      if (other.equals(match)) continue;
      const theirs = armsOf(other).filter((arm) => !arm.guarded);
      const back = (value: string): string | null => {
        const found = theirs.filter((arm) => plain(arm.value.text) === value);
        return found.length === 1 ? ((found[0] as Arm).pattern.text.split('|')[0] ?? '').trim() : null;
      };
      const known = arms.filter((arm) => !arm.guarded && arm.pattern.text !== '_');
      const agree = known.filter((arm) => back(plain(arm.pattern.text)) === arm.value.text.trim());
      const text = back(wanted);
      if (text === null || text === '_' || agree.length < Math.max(1, known.length - 1)) continue;
      if (!/^(?:["'\d-]|b["'])/.test(text)) continue;
      const prefix = known[0]?.pattern.text.replace(/\w+$/, '') ?? '';
      return { text: `${prefix}${wanted} => ${text},`, sure: true };
    }
  }
  return null;
}

/**
 * Arms that give every variant of the enum that they match, each once, but for one: `North => East, East => South, South => West`
 * is a turn, and what is left is where it closes.
 */
function lastLeft(input: ProposeInput, match: Node, arms: readonly Arm[], missing: string): Found | null {
  const path = /^((?:\w+::)+)(\w+)$/.exec(missing);
  const given = arms.map((arm) => arm.value.text.trim());
  if (path === null || arms.length < 2 || arms.some((arm) => arm.guarded) || new Set(given).size < given.length)
    return null;
  const prefix = arms[0]?.pattern.text.replace(/\w+$/, '') ?? '';
  const owner = path[1]?.replace(/::$/, '').split('::').at(-1) ?? '';
  const variants = input.files.flatMap((file) => {
    const source = input.source(file);
    return source === null
      ? []
      : descendants(source.root, 'enum_item')
          .filter((item) => item.childForFieldName('name')?.text === owner)
          .flatMap((item) => descendants(item, 'enum_variant').map((one) => one.childForFieldName('name')?.text ?? ''));
  });
  const name = (text: string): string | null => (text.startsWith(prefix) ? text.slice(prefix.length) : null);
  const from = arms.map((arm) => name(arm.pattern.text));
  const to = given.map(name);
  if (variants.length !== arms.length + 1 || prefix === '' || match.childForFieldName('value') === null) return null;
  if (![...from, ...to].every((one) => one !== null && variants.includes(one))) return null;
  const left = variants.filter((one) => !to.includes(one));
  return left.length === 1 && left[0] !== undefined
    ? { text: `${prefix}${path[2]} => ${prefix}${left[0]},`, sure: true }
    : null;
}

/** An arm of the same shape of another match that has most of these arms; its body may say only what it binds. */
function copied(input: ProposeInput, match: Node, arms: readonly Arm[], missing: string): Found | null {
  const own = new Set(arms.map((arm) => shapeOf(arm.pattern.text)));
  const texts = new Set(arms.map((arm) => arm.node.text.replace(/\s+/g, '').replace(/,$/, '')));
  const wanted = shapeOf(missing);
  const found: { readonly text: string; readonly rank: number }[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    const word = /\w+(?=\(|$|\s*\{)/.exec(missing)?.[0] ?? '';
    if (source?.text.includes(word) !== true) continue;
    for (const other of descendants(source.root, 'match_expression')) {
      if (other.equals(match)) continue;
      const theirs = armsOf(other);
      const arm = theirs.find((one) => shapeOf(one.pattern.text) === wanted && !one.guarded);
      if (arm === undefined || !freeOfOthers(arm)) continue;
      const shapes = theirs.map((one) => shapeOf(one.pattern.text));
      const shared = shapes.filter((shape) => own.has(shape)).length;
      if (shared < own.size) continue;
      const same = theirs.filter((one) => texts.has(one.node.text.replace(/\s+/g, '').replace(/,$/, ''))).length;
      const text = `${arm.pattern.text} => ${arm.value.text}`;
      found.push({ text: arm.value.type === 'block' ? text : `${text},`, rank: same * 10 + shared });
    }
  }
  const [best] = found.sort((a, b) => b.rank - a.rank);
  if (best === undefined) return null;
  // Where others do otherwise, which of them is meant is a guess.
  const sure = found.every((one) => one.text.replace(/\s+/g, '') === best.text.replace(/\s+/g, ''));
  return { text: best.text, sure };
}

/** Whether an arm's body names no variable that its own pattern does not bind. */
function freeOfOthers(arm: Arm): boolean {
  const bound = new Set(descendants(arm.pattern, 'identifier', 'shorthand_field_identifier').map((one) => one.text));
  const declared = new Set(
    descendants(arm.value, 'let_declaration', 'closure_parameters').flatMap((one) =>
      descendants(one.childForFieldName('pattern') ?? one, 'identifier').map((name) => name.text),
    ),
  );
  return descendants(arm.value, 'identifier').every((node) => {
    const parent = node.parent?.type ?? '';
    if (parent === 'scoped_identifier' || parent === 'macro_invocation' || /^\p{Lu}/u.test(node.text)) return true;
    const called = parent === 'call_expression' && node.parent?.childForFieldName('function')?.id === node.id;
    return called || bound.has(node.text) || declared.has(node.text);
  });
}

/** The arms behind the last one. */
function appended(source: SourceFile, match: Node, arms: readonly Arm[], texts: readonly string[]) {
  const last = arms.at(-1) as Arm;
  const body = match.childForFieldName('body') as Node;
  const sameLine = source.lineOf(last.node.endIndex) === source.lineOf(body.endIndex - 1);
  const separator = sameLine ? ' ' : `${source.newline}${source.indentAt(last.node.startIndex)}`;
  const comma = last.node.text.endsWith(',') || last.value.type === 'block' ? '' : ',';
  const lines = texts.map((text) => separator + text).join('');
  return source.insert(last.node.endIndex, comma + (sameLine ? lines.replace(/,$/, '') : lines));
}
