// E0609, E0560, E0559, E0599: a field or a variant that the code uses and nobody declared. What the uses say of its type is
// what it is declared with.
//
// enum Side { Left, Right }   Side::Up => Side::Left        before
// enum Side { Left, Right, Up }                             after
//
// Other names for one that is there are names-typos' and struct-fields'.
import type { Edit } from '../../schemas/types.ts';
import { namesInScope } from '../../tools/index/scope.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { askedExpected, askedType, typeQuestion } from './support/asked.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { callArguments, namedChildren, rangeOf } from './support/expressions.ts';
import { type FieldUse, usesOf } from './support/field-uses.ts';
import { allFunctions } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { type RustType, writeType } from './support/rust-type.ts';
import { shapesNamed } from './support/shapes.ts';
import { similarity } from './support/similarity.ts';

/** From here on a name is taken for another spelling of one that is there. */
const alike = 0.6;

export const structDeclares: Proposer = {
  name: 'struct-declares',
  codes: ['E0609', 'E0560', 'E0559', 'E0599'],
  probes(input): ProbeRequest[] {
    return usesOf(input).flatMap((use) => {
      const { source } = use;
      const { value, read } = setOrRead(use);
      if (value !== null) return written(input, source, value) === null ? [typeQuestion(source, rangeOf(value))] : [];
      return read === null ? [] : [typeQuestion(source, rangeOf(read), 'expected')];
    });
  },
  propose(input) {
    return sound(input.diagnostic.code === 'E0599' ? variant(input) : field(input));
  },
  examples: [
    {
      title: 'a field that is set and read, and was never declared',
      before: rust`
        pub struct Account {
            name: String,
        }

        impl Account {
            pub fn new(name: &str, balance: u64) -> Self {
                Account { name: name.to_string(), balance }
            }

            pub fn balance(&self) -> u64 {
                self.balance
            }

            pub fn name(&self) -> &str {
                &self.name
            }
        }
      `,
      after: rust`
        pub struct Account {
            name: String,
            balance: u64,
        }

        impl Account {
            pub fn new(name: &str, balance: u64) -> Self {
                Account { name: name.to_string(), balance }
            }

            pub fn balance(&self) -> u64 {
                self.balance
            }

            pub fn name(&self) -> &str {
                &self.name
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a field whose value is computed',
      before: rust`
        pub struct Span {
            pub from: usize,
        }

        pub fn span(text: &str, from: usize) -> Span {
            Span { from, words: text.split(' ').count() }
        }
      `,
      after: rust`
        pub struct Span {
            pub from: usize,
            pub words: usize,
        }

        pub fn span(text: &str, from: usize) -> Span {
            Span { from, words: text.split(' ').count() }
        }
      `,
      within: 1,
    },
    {
      title: 'a variant without data',
      before: rust`
        pub enum Turn {
            North,
            South,
        }

        pub fn next(turn: Turn) -> Turn {
            match turn {
                Turn::North => Turn::East,
                Turn::East => Turn::South,
                Turn::South => Turn::North,
            }
        }
      `,
      after: rust`
        pub enum Turn {
            North,
            South,
            East,
        }

        pub fn next(turn: Turn) -> Turn {
            match turn {
                Turn::North => Turn::East,
                Turn::East => Turn::South,
                Turn::South => Turn::North,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a variant with data',
      before: rust`
        pub enum Shape {
            Circle(f64),
        }

        pub fn area(shape: &Shape) -> f64 {
            match shape {
                Shape::Circle(radius) => 3.0 * radius * radius,
                Shape::Rect(width, height) => width * height,
            }
        }

        pub fn square(side: f64) -> Shape {
            Shape::Rect(side, side)
        }
      `,
      after: rust`
        pub enum Shape {
            Circle(f64),
            Rect(f64, f64),
        }

        pub fn area(shape: &Shape) -> f64 {
            match shape {
                Shape::Circle(radius) => 3.0 * radius * radius,
                Shape::Rect(width, height) => width * height,
            }
        }

        pub fn square(side: f64) -> Shape {
            Shape::Rect(side, side)
        }
      `,
      within: 1,
    },
  ],
};

/** The struct gets the field, with the type of what is set or asked for there. */
function field(input: ProposeInput): Draft[] {
  const uses = usesOf(input);
  const [first] = uses;
  if (first === undefined) return [];
  const [shape, other] = shapesNamed(input, first.type);
  const body = shape?.node.childForFieldName('body') ?? null;
  if (shape === undefined || other !== undefined || shape.kind !== 'braces' || body === null) return [];
  const types = uses.map((use) => typeOfUse(input, use)).filter((type) => type !== null);
  const parameter = types.length > 0 ? null : parameterNamed(input, first.name);
  const type = types[0] ?? parameter;
  const last = namedChildren(body).at(-1);
  if (type === null || type === undefined || last === undefined) return [];
  const visibility = namedChildren(last).find((child) => child.type === 'visibility_modifier')?.text;
  const text = `${visibility === undefined ? '' : `${visibility} `}${first.name}: ${type}`;
  const near = shape.fields.some((one) => similarity(one.name, first.name) >= alike);
  return [
    {
      title: `Declare the field \`${first.name}: ${type}\``,
      edits: [appended(shape.source, body, last, text)],
      features: {
        agreement: near ? 0.4 : parameter === null ? 1 : 0.8,
        ...(near ? {} : { repeats: uses.length }),
        // Nobody misspells a field that has nothing like it, twice.
        ...(!near && uses.length > 1 && uses.some((use) => use.expression !== null) ? { idiom: 1 } : {}),
      },
    },
  ];
}

/** A part behind the last one, on a line of its own where that has one. */
function appended(source: SourceFile, body: Node, last: Node, text: string): Edit {
  const closer = body.endIndex - 1;
  const comma = source.text.slice(last.endIndex, closer).indexOf(',');
  const apart = source.lineOf(closer) > source.lineOf(last.endIndex);
  const separator = apart ? `${source.newline}${source.indentAt(last.startIndex)}` : ' ';
  if (comma >= 0) return source.insert(last.endIndex + comma + 1, `${separator}${text}${apart ? ',' : ''}`);
  return source.insert(last.endIndex, `,${separator}${text}${apart ? ',' : ''}`);
}

function typeOfUse(input: ProposeInput, use: FieldUse): string | null {
  const { value, read } = setOrRead(use);
  if (value !== null) {
    return written(input, use.source, value) ?? declarable(askedType(input, use.source, rangeOf(value)));
  }
  return read === null ? null : declarable(askedExpected(input, use.source, rangeOf(read)));
}

/** What a field is set to, or the place that reads it. */
function setOrRead(use: FieldUse): { readonly value: Node | null; readonly read: Node | null } {
  const at = use.source.nodeAt(use);
  if (use.expression !== null) {
    if (use.expression.type !== 'struct_expression') return { value: null, read: null };
    const set = enclosing(at, 'field_initializer', 'shorthand_field_initializer');
    return { value: set?.type === 'field_initializer' ? set.childForFieldName('value') : at, read: null };
  }
  const access = enclosing(at, 'field_expression');
  const parent = access?.parent ?? null;
  if (access === null) return { value: null, read: null };
  if (parent?.type === 'assignment_expression' && parent.childForFieldName('left')?.id === access.id)
    return { value: parent.childForFieldName('right'), read: null };
  return { value: null, read: access };
}

/** A type as a declaration may hold it: owned, and without what only the compiler can name. */
function declarable(type: RustType | null): string | null {
  if (type === null || type.kind === 'ref') return null;
  const text = writeType(type);
  return text === null || /[&{@]|\bimpl\b|closure/.test(text) ? null : text;
}

/** The type that a value's own text says. */
function written(input: ProposeInput, source: SourceFile, value: Node): string | null {
  switch (value.type) {
    case 'integer_literal':
      return /[iu](8|16|32|64|128|size)$/.exec(value.text)?.[0] ?? null;
    case 'float_literal':
      return 'f64';
    case 'boolean_literal':
      return 'bool';
    case 'char_literal':
      return 'char';
    case 'string_literal':
      return "&'static str";
    case 'macro_invocation':
      return value.childForFieldName('macro')?.text === 'format' ? 'String' : null;
    case 'identifier':
    case 'shorthand_field_identifier': {
      const known = namesInScope(source, value.startIndex, input).find((name) => name.path === value.text);
      return known?.type == null || known.type.includes('impl ') || /&(?!')/.test(known.type) ? null : known.type;
    }
    case 'call_expression': {
      const callee = value.childForFieldName('function')?.text ?? '';
      if (/^String::(?:from|new)$|\.(?:to_string|to_owned|to_uppercase|to_lowercase)$/.test(callee)) return 'String';
      const owner = /^([A-Z]\w*)::(new|default|from)$/.exec(callee)?.[1];
      return owner !== undefined && shapesNamed(input, owner).some((shape) => !shape.node.text.includes('<'))
        ? owner
        : null;
    }
    default:
      return null;
  }
}

/** A parameter of the same name: `fn new(name: String, age: u32)`. */
function parameterNamed(input: ProposeInput, name: string): string | null {
  const types = allFunctions(input).flatMap((fn) =>
    fn.parameters.filter((one) => one.pattern.text === name).map((one) => one.type.text),
  );
  const owned = new Set(types.filter((type) => !type.includes('&') && !type.includes('impl ')));
  return owned.size === 1 ? ([...owned][0] as string) : null;
}

/** The enum gets the variant, with the parts that its uses give it. */
function variant(input: ProposeInput): Draft[] {
  if (!input.diagnostic.message.startsWith('no variant')) return [];
  const [name, owner] = quotedParts(input.diagnostic.message);
  const own = owner === undefined ? null : typeNamed(input, owner.split('<')[0] as string);
  const body = own?.node.type === 'enum_item' ? own.node.childForFieldName('body') : null;
  if (name === undefined || !/^\p{Lu}/u.test(name) || own === null || !body) return [];
  const variants = namedChildren(body).filter((child) => child.type === 'enum_variant');
  const last = variants.at(-1);
  if (last === undefined || variants.some((one) => one.childForFieldName('value') !== null)) return [];
  const uses = pathsTo(input, own.name, name);
  const shape = shapeOfUses(input, uses, own.fields);
  if (shape === null) return [];
  const near = variants.some((one) => similarity(one.childForFieldName('name')?.text ?? '', name) >= alike);
  const text = `${name}${shape}`;
  const existing = [...new Set(variants.map((one) => own.source.indentAt(one.startIndex)))];
  return existing.length === 0
    ? []
    : [
        {
          title: `Declare the variant \`${text}\``,
          edits: [appended(own.source, body, last, text)],
          features: { agreement: near ? 0.4 : 1, ...(near ? {} : { idiom: 1, repeats: uses.length }) },
        },
      ];
}

interface PathUse {
  readonly source: SourceFile;
  readonly path: Node;
}

function pathsTo(input: ProposeInput, owner: string, name: string): PathUse[] {
  const found: PathUse[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source?.text.includes(name) !== true) continue;
    for (const path of descendants(source.root, 'scoped_identifier', 'scoped_type_identifier')) {
      if (path.childForFieldName('name')?.text !== name) continue;
      const before = path.childForFieldName('path')?.text.split('::').at(-1);
      const self = enclosing(path, 'impl_item')?.childForFieldName('type')?.text.split('<')[0];
      if (before === owner || (before === 'Self' && self === owner)) found.push({ source, path });
    }
  }
  return found;
}

/** `(f64, f64)`, `{ side: f64 }`, nothing for a unit variant; null where the uses differ or do not tell a type. */
function shapeOfUses(input: ProposeInput, uses: readonly PathUse[], siblings: readonly string[]): string | null {
  let arity = 0;
  const kinds = new Set<string>();
  const types = new Map<string, string>();
  const names: string[] = [];
  const note = (key: string, type: string | null): void => {
    if (!names.includes(key)) names.push(key);
    if (type !== null && !types.has(key)) types.set(key, type);
  };
  for (const { source, path } of uses) {
    const parent = path.parent;
    if (parent?.type === 'call_expression' && parent.childForFieldName('function')?.id === path.id) {
      kinds.add('tuple');
      const args = callArguments(parent);
      arity = Math.max(arity, args.length);
      for (const [index, argument] of args.entries()) note(`${index}`, written(input, source, argument));
    } else if (parent?.type === 'tuple_struct_pattern') {
      kinds.add('tuple');
      const items = namedChildren(parent).filter((child) => child.id !== path.id);
      if (items.some((item) => item.type === 'remaining_field_pattern')) continue;
      arity = Math.max(arity, items.length);
      for (const index of items.keys()) note(`${index}`, null);
    } else if (parent?.type === 'struct_expression') {
      kinds.add('braces');
      const fields = parent.childForFieldName('body');
      for (const one of fields === null ? [] : namedChildren(fields)) {
        const value = one.childForFieldName('value') ?? one;
        note(one.childForFieldName('field')?.text ?? one.text, written(input, source, value.namedChild(0) ?? value));
      }
    } else if (parent?.type === 'struct_pattern') {
      kinds.add('braces');
      for (const one of namedChildren(parent).filter((child) => child.type === 'field_pattern'))
        note(one.childForFieldName('name')?.text ?? one.text, null);
    } else kinds.add('unit');
  }
  if (kinds.size !== 1) return null;
  if (kinds.has('unit')) return '';
  // Where nothing says the type, the one that all variants hold.
  const common = new Set(siblings);
  const shared = common.size === 1 ? [...common][0] : undefined;
  const parts = names.map((key) => ({ key, type: types.get(key) ?? shared }));
  if (parts.length === 0 || parts.some((part) => part.type === undefined)) return null;
  if (kinds.has('tuple')) return arity === parts.length ? `(${parts.map((part) => part.type).join(', ')})` : null;
  return ` { ${parts.map((part) => `${part.key}: ${part.type}`).join(', ')} }`;
}
