// E0004: arms that are missing from a `match`, where their body exists: all arms say the same, the body spells its
// variant's name, the value is handed through, or a range or guard just misses its last case. A body that would have to
// be invented is left out: the compiler's own suggestion then shows as a skeleton.
//
// Side::Left => "left", Side::Right => "right",                           before (Up is missing)
// Side::Left => "left", Side::Right => "right", Side::Up => "up",         after
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { enclosingFunction, returnTypeOf } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath } from './support/rust-type.ts';

export const matchArms: Proposer = {
  name: 'match-arms',
  codes: ['E0004'],
  propose(input) {
    const drafts: Draft[] = [];
    for (const place of input.diagnostic.spans.filter((span) => span.primary).flatMap((span) => placeOf(input, span))) {
      const match = enclosing(place.node ?? place.source.nodeAt(place.range), 'match_expression');
      const body = match?.childForFieldName('body') ?? null;
      if (match === null || body === null) continue;
      const arms = namedChildren(body)
        .filter((node) => node.type === 'match_arm')
        .map(armOf);
      const missing = missingPatterns(
        input.diagnostic.message,
        input.diagnostic.spans.find((span) => span.primary)?.label ?? '',
      );
      drafts.push(...inclusive(place.source, arms, missing), ...lastGuard(place.source, arms, missing));
      drafts.push(...added(place.source, match, body, arms, missing));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'the body spells the variant',
      before: rust`
        pub enum Side {
            Left,
            Right,
            Up,
        }

        pub fn name(side: &Side) -> &'static str {
            match side {
                Side::Left => "left",
                Side::Right => "right",
            }
        }
      `,
      after: rust`
        pub enum Side {
            Left,
            Right,
            Up,
        }

        pub fn name(side: &Side) -> &'static str {
            match side {
                Side::Left => "left",
                Side::Right => "right",
                Side::Up => "up",
            }
        }
      `,
      within: 1,
    },
    {
      title: 'all arms do the same with what they hold',
      before: rust`
        pub struct Circle(f64);
        pub struct Square(f64);

        impl Circle {
            fn area(&self) -> f64 {
                3.0 * self.0 * self.0
            }
        }

        impl Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        pub enum Shape {
            Circle(Circle),
            Square(Square),
            Tile(Square),
        }

        pub fn area(shape: &Shape) -> f64 {
            match shape {
                Shape::Circle(circle) => circle.area(),
                Shape::Square(square) => square.area(),
            }
        }
      `,
      after: rust`
        pub struct Circle(f64);
        pub struct Square(f64);

        impl Circle {
            fn area(&self) -> f64 {
                3.0 * self.0 * self.0
            }
        }

        impl Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        pub enum Shape {
            Circle(Circle),
            Square(Square),
            Tile(Square),
        }

        pub fn area(shape: &Shape) -> f64 {
            match shape {
                Shape::Circle(circle) => circle.area(),
                Shape::Square(square) => square.area(),
                Shape::Tile(tile) => tile.area(),
            }
        }
      `,
      within: 1,
    },
    {
      title: 'nothing in, nothing out',
      before: rust`
        pub fn next(n: Option<u32>) -> Option<u32> {
            match n {
                Some(n) => Some(n + 1),
            }
        }
      `,
      after: rust`
        pub fn next(n: Option<u32>) -> Option<u32> {
            match n {
                Some(n) => Some(n + 1),
                None => None,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a range that leaves out its end',
      before: rust`
        pub fn half(minute: u8) -> bool {
            match minute {
                0..30 => false,
                31..=255 => true,
            }
        }
      `,
      after: rust`
        pub fn half(minute: u8) -> bool {
            match minute {
                0..=30 => false,
                31..=255 => true,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the last guard covers the rest',
      before: rust`
        pub fn sign(n: i32) -> i32 {
            match n {
                n if n > 0 => 1,
                0 => 0,
                n if n < 0 => -1,
            }
        }
      `,
      after: rust`
        pub fn sign(n: i32) -> i32 {
            match n {
                n if n > 0 => 1,
                0 => 0,
                _ => -1,
            }
        }
      `,
      within: 1,
    },
  ],
};

interface Arm {
  readonly node: Node;
  readonly pattern: Node | null;
  readonly guard: Node | null;
  readonly value: Node | null;
  /** `Shape::Circle` → `Circle`; null for patterns that are no variant. */
  readonly variant: string | null;
  /** The one name that the pattern binds; null for none or several. */
  readonly bound: string | null;
}

function armOf(node: Node): Arm {
  const matched = node.childForFieldName('pattern');
  const guard = matched?.childForFieldName('condition') ?? null;
  const pattern = matched?.namedChild(0) ?? null;
  const path =
    pattern?.type === 'tuple_struct_pattern' || pattern?.type === 'struct_pattern'
      ? pattern.childForFieldName('type')
      : pattern;
  const last = path?.text.split('::').at(-1) ?? '';
  const names = pattern === null ? [] : boundNames(pattern);
  return {
    node,
    pattern,
    guard,
    value: node.childForFieldName('value'),
    variant: /^\p{Lu}/u.test(last) && /^\w+$/.test(last) ? last : null,
    bound: names.length === 1 ? (names[0] as string) : null,
  };
}

function boundNames(pattern: Node): string[] {
  return pattern
    .descendantsOfType(['identifier', 'shorthand_field_identifier'])
    .flatMap((node) =>
      node !== null && /^[a-z_]/.test(node.text) && node.parent?.type !== 'scoped_identifier' ? [node.text] : [],
    );
}

/** The patterns that the message lists; the label where the message shortens. */
function missingPatterns(message: string, label: string): string[] {
  const [named, more] = [quotedParts(message), quotedParts(label)];
  return more.length > named.length || message.includes('more not covered') ? more : named;
}

/** New arms with a derived body, one for each missing pattern; nothing when one of them cannot be derived. */
function added(source: SourceFile, match: Node, body: Node, arms: readonly Arm[], missing: readonly string[]): Draft[] {
  const last = arms.at(-1);
  if (last === undefined || missing.length === 0) return [];
  const derived = missing.map((pattern) => derive(source, match, arms, pattern));
  if (derived.includes(null)) return [];
  const indent = source.indentAt(last.node.startIndex);
  const isBlock = last.value?.type === 'block';
  const comma = last.node.text.endsWith(',') || isBlock ? '' : ',';
  const sameLine = source.lineOf(last.node.endIndex) === source.lineOf(body.endIndex - 1);
  const separator = sameLine ? ' ' : `${source.newline}${indent}`;
  const text = (derived as Derived[]).map((arm) => `${separator}${arm.pattern} => ${arm.body},`).join('');
  return [
    {
      title: `Add ${derived.length > 1 ? `${derived.length} arms` : `the arm \`${(derived[0] as Derived).pattern}\``}`,
      edits: [source.insert(last.node.endIndex, comma + (sameLine ? text.replace(/,$/, '') : text))],
      features: { agreement: Math.min(...(derived as Derived[]).map((arm) => arm.agreement)) },
    },
  ];
}

interface Derived {
  readonly pattern: string;
  readonly body: string;
  readonly agreement: number;
}

function derive(source: SourceFile, match: Node, arms: readonly Arm[], missing: string): Derived | null {
  const plain = missing.replace(/^&+/, '');
  return handedThrough(source, match, plain) ?? spelled(arms, plain) ?? same(arms, plain);
}

/** `None => None` and `Err(e) => Err(e)` where the match is what the function returns. */
function handedThrough(source: SourceFile, match: Node, missing: string): Derived | null {
  const fn = enclosingFunction(source, match);
  const result = fn === null ? null : returnTypeOf(fn);
  const isTail =
    fn !== null &&
    fn.body !== null &&
    match.parent !== null &&
    (match.parent.equals(fn.body) || match.parent.parent?.equals(fn.body) === true);
  const leave = isTail ? '' : 'return ';
  if (missing === 'None' && isPath(result, 'Option')) return { pattern: 'None', body: `${leave}None`, agreement: 0.8 };
  if (missing === 'Err(_)' && isPath(result, 'Result'))
    return { pattern: 'Err(e)', body: `${leave}Err(e)`, agreement: 0.7 };
  return null;
}

/** A body that is the same in every arm once the variant's own name and binding are taken out of it. */
function spelled(arms: readonly Arm[], missing: string): Derived | null {
  const variant = /(?:^|::)(\w+)(?:\(|$| \{)/.exec(missing)?.[1];
  const named = arms.filter((arm) => arm.variant !== null && arm.guard === null);
  const payload = missing.endsWith('(_)');
  if (variant === undefined || named.length < 2 || named.length !== arms.length || (!payload && /[({]/.test(missing)))
    return null;
  if (named.some((arm) => (arm.bound !== null) !== payload)) return null;
  const templates = new Set(named.map((arm) => template(arm)));
  if (templates.size !== 1) return null;
  const first = named[0] as Arm;
  const bindings = new Set(named.map((arm) => arm.bound));
  const bound = bindings.size === 1 ? (first.bound ?? '') : snake(variant);
  const body = [...templates][0] as string;
  const text = body
    .replaceAll(MARK.pascal, variant)
    .replaceAll(MARK.upper, snake(variant).toUpperCase())
    .replaceAll(MARK.lower, variant.toLowerCase())
    .replaceAll(MARK.snake, snake(variant))
    .replaceAll(MARK.bound, bound);
  return { pattern: payload ? missing.replace('(_)', `(${bound})`) : missing, body: text, agreement: 1 };
}

const MARK = { pascal: '\u0001', upper: '\u0002', lower: '\u0003', snake: '\u0004', bound: '\u0005' } as const;

function template(arm: Arm): string {
  const variant = arm.variant ?? '';
  let text = arm.value?.text ?? '';
  if (arm.bound !== null) text = text.replace(new RegExp(`(?<![\\w"])${arm.bound}(?![\\w"])`, 'g'), MARK.bound);
  for (const [mark, word] of [
    [MARK.pascal, variant],
    [MARK.upper, snake(variant).toUpperCase()],
    [MARK.lower, variant.toLowerCase()],
    [MARK.snake, snake(variant)],
  ] as const) {
    text = text.replace(new RegExp(`(?<![A-Za-z0-9])${word}(?![A-Za-z0-9])`, 'g'), mark);
  }
  return text;
}

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** One body for all arms, which no pattern takes part in. */
function same(arms: readonly Arm[], missing: string): Derived | null {
  const bodies = new Set(arms.map((arm) => arm.value?.text ?? ''));
  const free = arms.every(
    (arm) => arm.pattern === null || boundNames(arm.pattern).every((name) => !words(arm.value).has(name)),
  );
  if (arms.length < 2 || bodies.size !== 1 || !free) return null;
  return {
    pattern: missing.includes('..') && !missing.includes('{') ? '_' : missing,
    body: [...bodies][0] as string,
    agreement: 0.9,
  };
}

function words(node: Node | null): Set<string> {
  return new Set(node === null ? [] : node.descendantsOfType('identifier').map((one) => one?.text ?? ''));
}

/** `0..30` and `31..`: the one number between them belongs to the range that ends there. */
function inclusive(source: SourceFile, arms: readonly Arm[], missing: readonly string[]): Draft[] {
  if (missing.length !== 1) return [];
  const value = /^(-?\d+)(?:_?[iu]\w+)?$/.exec(missing[0] as string)?.[1] ?? /^'.'$/.exec(missing[0] as string)?.[0];
  if (value === undefined) return [];
  return arms.flatMap((arm) =>
    (arm.node.descendantsOfType('range_pattern') ?? []).flatMap((range) => {
      const text = range?.text ?? '';
      const at = text.indexOf('..');
      if (range === null || at < 0 || text.startsWith('..=', at) || text.slice(at + 2).trim() !== value) return [];
      const start = range.startIndex + at + 2;
      return [
        { title: `Include ${value} in the range`, edits: [source.insert(start, '=')], features: { agreement: 1 } },
      ];
    }),
  );
}

/** Guards cover everything, but the compiler does not count them: the last one becomes the rest. */
function lastGuard(source: SourceFile, arms: readonly Arm[], missing: readonly string[]): Draft[] {
  const last = arms.at(-1);
  if (missing.length === 0 || last === undefined || last.guard === null || last.pattern === null) return [];
  if (!arms.slice(0, -1).some((arm) => arm.guard !== null)) return [];
  const pattern = last.node.childForFieldName('pattern') as Node;
  const used = boundNames(last.pattern).some((name) => words(last.value).has(name));
  const binding = last.pattern.type === 'identifier';
  const text = binding && !used ? '_' : last.pattern.text;
  return [
    {
      title: 'The last arm takes the rest',
      edits: [source.edit(pattern.startIndex, pattern.endIndex, text)],
      features: { agreement: 0.8 },
    },
  ];
}
