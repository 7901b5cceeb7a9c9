// A struct or variant built or matched in another shape than it was declared in: `Circle(2.0)` for `Circle { radius: f64 }`,
// `Point { 0: x }` for `Point(f64)`, parentheses on a unit variant, too few or too many fields in a pattern.
//
// Shape::Circle(r) => r * r                 before, for enum Shape { Circle { r: f64 } }
// Shape::Circle { r } => r * r              after
//
// Every place that has the same slip is rewritten at once. Which names a struct's fields have is struct-fields'.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { rust } from './support/rust.ts';
import { type Shape, shapesNamed } from './support/shapes.ts';

const CODES = [
  'E0423',
  'E0533',
  'E0532',
  'E0164',
  'E0769',
  'E0559',
  'E0560',
  'E0026',
  'E0023',
  'E0027',
  'E0618',
  'E0574',
];

export const structShapes: Proposer = {
  name: 'struct-shapes',
  codes: CODES,
  propose(input) {
    const own = formAt(input, input.diagnostic);
    if (own === null) return [];
    const drafts: Draft[] = [];
    for (const shape of shapesNamed(input, own.path)) {
      const fixed = rewritten(own, shape);
      if (fixed === null) continue;
      const edits = new Map<string, Edit>();
      for (const form of sameForms(input, own)) {
        const text = rewritten(form, shape);
        if (text !== null)
          edits.set(
            `${form.source.path}:${form.node.startIndex}`,
            form.source.edit(form.node.startIndex, form.node.endIndex, text),
          );
      }
      drafts.push({
        title: `\`${shape.name}\` in the shape it was declared in`,
        edits: [...edits.values()],
        features: { agreement: 1, repeats: edits.size },
      });
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a pattern with parentheses for a variant with braces',
      before: rust`
        pub enum Shape {
            Circle { radius: f64 },
            Rect { width: f64, height: f64 },
        }

        pub fn area(shape: &Shape) -> f64 {
            match shape {
                Shape::Circle(radius) => 3.0 * radius * radius,
                Shape::Rect { width, height } => width * height,
            }
        }
      `,
      after: rust`
        pub enum Shape {
            Circle { radius: f64 },
            Rect { width: f64, height: f64 },
        }

        pub fn area(shape: &Shape) -> f64 {
            match shape {
                Shape::Circle { radius } => 3.0 * radius * radius,
                Shape::Rect { width, height } => width * height,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'names of its own in such a pattern',
      before: rust`
        pub enum Op {
            Add { left: i32, right: i32 },
        }

        pub fn run(op: Op) -> i32 {
            match op {
                Op::Add(a, b) => a + b,
            }
        }
      `,
      after: rust`
        pub enum Op {
            Add { left: i32, right: i32 },
        }

        pub fn run(op: Op) -> i32 {
            match op {
                Op::Add { left: a, right: b } => a + b,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a struct called like a function',
      before: rust`
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }

        pub fn origin() -> Point {
            Point(0, 0)
        }
      `,
      after: rust`
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }

        pub fn origin() -> Point {
            Point { x: 0, y: 0 }
        }
      `,
      within: 1,
    },
    {
      title: 'a tuple variant with braces',
      before: rust`
        pub enum Shape {
            Circle(f64),
            Dot,
        }

        pub fn unit() -> Shape {
            Shape::Circle { radius: 1.0 }
        }
      `,
      after: rust`
        pub enum Shape {
            Circle(f64),
            Dot,
        }

        pub fn unit() -> Shape {
            Shape::Circle(1.0)
        }
      `,
      within: 1,
    },
    {
      title: 'a variant that holds nothing, and one whose value the pattern leaves out',
      before: rust`
        pub enum Token {
            End,
            Number(i64),
        }

        pub fn is_number(token: &Token) -> bool {
            match token {
                Token::End => false,
                Token::Number => true,
            }
        }
      `,
      after: rust`
        pub enum Token {
            End,
            Number(i64),
        }

        pub fn is_number(token: &Token) -> bool {
            match token {
                Token::End => false,
                Token::Number(_) => true,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a field too few',
      before: rust`
        pub enum Expr {
            Add(i32, i32),
            Num(i32),
        }

        pub fn first(expr: &Expr) -> i32 {
            match expr {
                Expr::Add(a) => *a,
                Expr::Num(n) => *n,
            }
        }
      `,
      after: rust`
        pub enum Expr {
            Add(i32, i32),
            Num(i32),
        }

        pub fn first(expr: &Expr) -> i32 {
            match expr {
                Expr::Add(a, _) => *a,
                Expr::Num(n) => *n,
            }
        }
      `,
      within: 1,
    },
  ],
};

interface Part {
  readonly name: string | null;
  /** null for `..`. */
  readonly text: string | null;
}

/** A struct expression, call, path or pattern, taken apart. */
interface Form {
  readonly source: SourceFile;
  readonly node: Node;
  readonly path: string;
  readonly kind: Shape['kind'];
  readonly pattern: boolean;
  readonly parts: readonly Part[];
}

const FORMS = ['call_expression', 'struct_expression', 'tuple_struct_pattern', 'struct_pattern'];

function formAt(input: ProposeInput, diagnostic: Diagnostic): Form | null {
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null || !CODES.includes(diagnostic.code ?? '')) return null;
  const range = source.range(span);
  const at = source.nodeAt(range);
  const whole = enclosing(at, ...FORMS);
  if (whole !== null) {
    const form = formOf(source, whole);
    if (
      form !== null &&
      (range.start === whole.startIndex || !form.pattern || at.parent?.equals(whole) || form.kind === 'braces')
    )
      return form;
  }
  const path = enclosing(at, 'scoped_identifier', 'identifier');
  return path === null ? null : formOf(source, path.parent?.type === 'scoped_identifier' ? path.parent : path);
}

function formOf(source: SourceFile, node: Node): Form | null {
  const form = (
    path: string | undefined,
    kind: Shape['kind'],
    pattern: boolean,
    parts: readonly Part[],
  ): Form | null => (path === undefined ? null : { source, node, path, kind, pattern, parts });
  switch (node.type) {
    case 'call_expression': {
      const list = node.childForFieldName('arguments');
      const parts = list === null ? [] : namedChildren(list).map((child) => ({ name: null, text: child.text }));
      return form(node.childForFieldName('function')?.text, 'tuple', false, parts);
    }
    case 'tuple_struct_pattern': {
      const type = node.childForFieldName('type');
      const items = namedChildren(node).filter((child) => child.id !== type?.id);
      const parts = items.map((child) => ({
        name: null,
        text: child.type === 'remaining_field_pattern' ? null : child.text,
      }));
      return form(type?.text, 'tuple', true, parts);
    }
    case 'struct_expression': {
      const body = node.childForFieldName('body');
      const parts = (body === null ? [] : namedChildren(body)).map((child): Part => {
        if (child.type === 'shorthand_field_initializer') return { name: child.text, text: child.text };
        const value = child.childForFieldName('value') ?? null;
        return {
          name: child.childForFieldName('field')?.text ?? null,
          text: child.type === 'field_initializer' ? (value?.text ?? null) : null,
        };
      });
      return form(node.childForFieldName('name')?.text, 'braces', false, parts);
    }
    case 'struct_pattern': {
      const type = node.childForFieldName('type');
      const parts = namedChildren(node)
        .filter((child) => child.id !== type?.id)
        .map((child): Part => {
          const name = child.childForFieldName('name')?.text ?? null;
          if (child.type === 'remaining_field_pattern') return { name: null, text: null };
          return { name, text: child.childForFieldName('pattern')?.text ?? child.text };
        });
      return form(type?.text, 'braces', true, parts);
    }
    case 'identifier':
    case 'scoped_identifier': {
      const pattern =
        enclosing(node, 'match_pattern', 'let_condition', 'block', 'match_block')?.type === 'match_pattern';
      return form(node.text, 'unit', pattern, []);
    }
    default:
      return null;
  }
}

/** The form in the shape as declared; null when it has it, or when its parts do not fit. */
function rewritten(form: Form, shape: Shape): string | null {
  const rest = form.parts.some((part) => part.text === null);
  const values = form.parts.filter((part): part is { name: string | null; text: string } => part.text !== null);
  if (shape.kind === 'unit') return form.kind === 'unit' || values.length > 0 ? null : form.path;
  if (shape.kind === 'tuple') {
    const wildcards = shape.fields.map(() => '_');
    if (form.kind === 'unit') {
      if (!form.pattern) return null;
      return `${form.path}(${shape.fields.length > 2 ? '..' : wildcards.join(', ')})`;
    }
    if (form.kind === 'braces') {
      if (values.length !== shape.fields.length && !(form.pattern && rest && values.length === 0)) return null;
      if (values.length === 0) return `${form.path}(..)`;
      return `${form.path}(${values.map((part) => part.text).join(', ')})`;
    }
    if (!form.pattern || values.length === shape.fields.length || rest) return null;
    if (values.length > shape.fields.length) {
      const kept = values.filter((part) => part.text !== '_');
      return kept.length === shape.fields.length ? `${form.path}(${kept.map((part) => part.text).join(', ')})` : null;
    }
    return `${form.path}(${[...values.map((part) => part.text), ...wildcards.slice(values.length)].join(', ')})`;
  }
  if (form.kind === 'unit') return form.pattern ? `${form.path} { .. }` : null;
  if (form.kind !== 'tuple') return null;
  if (form.pattern && values.length < shape.fields.length && values.every((part) => part.text === '_'))
    return `${form.path} { .. }`;
  if (values.length !== shape.fields.length) return null;
  const names = shape.fields.map((field) => field.name);
  // Parts that all bear field names say themselves where they belong.
  const told =
    values.every((part) => names.includes(part.text)) && new Set(values.map((part) => part.text)).size === names.length;
  const used = values.map((part, index) => ({ name: told ? part.text : (names[index] as string), text: part.text }));
  if (form.pattern && used.every((part) => part.text === '_')) return `${form.path} { .. }`;
  const ignored = form.pattern && used.some((part) => part.text === '_');
  const written = used
    .filter((part) => !ignored || part.text !== '_')
    .map((part) => (part.name === part.text ? part.name : `${part.name}: ${part.text}`));
  if (ignored) written.push('..');
  return `${form.path} { ${written.join(', ')} }`;
}

/** Forms of the same path and kind in every file: a slip about a shape is made wherever it is used. */
function sameForms(input: ProposeInput, own: Form): Form[] {
  const found = [own];
  const last = own.path.split('::').at(-1);
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || own.kind === 'unit') continue;
    for (const node of descendants(source.root, ...FORMS)) {
      const form = formOf(source, node);
      if (form === null || form.kind !== own.kind || form.path.split('::').at(-1) !== last || node.equals(own.node))
        continue;
      if (
        found.some(
          (one) => one.source === source && one.node.startIndex < node.endIndex && node.startIndex < one.node.endIndex,
        )
      )
        continue;
      found.push(form);
    }
  }
  for (const error of own.kind === 'unit' ? input.errors : []) {
    const form = formAt(input, error);
    if (
      form !== null &&
      form.kind === 'unit' &&
      form.path.split('::').at(-1) === last &&
      !found.some((one) => one.node.equals(form.node))
    )
      found.push(form);
  }
  return found;
}
