// E0063, E0609, E0560: fields that an expression leaves out, or that the struct calls otherwise. What is missing comes
// from a variable of its name, from another place that builds the same struct, or is empty; a field that the struct
// does not have is one that the expression has left.
//
// fn new(name: String) -> Self { User { name } }                       before, for struct User { name: String, tags: Vec<u8> }
// fn new(name: String) -> Self { User { name, tags: Vec::new() } }     after
//
// Names that merely look alike are names-typos', fields that nobody declared struct-declares'.
import type { Edit } from '../../schemas/types.ts';
import { namesInScope } from '../../tools/index/scope.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { usesOf } from './support/field-uses.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isInteger, isPath, parseType, type RustType, writeType } from './support/rust-type.ts';
import { type Shape, shapesNamed } from './support/shapes.ts';
import { similarity } from './support/similarity.ts';

/** Fields of other names that are offered where none comes near. */
const mostOthers = 3;

export const structFields: Proposer = {
  name: 'struct-fields',
  codes: ['E0063', 'E0609', 'E0560', 'E0559', 'E0026'],
  propose(input) {
    if (input.diagnostic.code === 'E0063') return sound(filled(input));
    return sound(renamed(input), 6);
  },
  examples: [
    {
      title: 'a variable of the name, and a collection that starts empty',
      before: rust`
        pub struct User {
            pub name: String,
            pub age: u32,
            pub tags: Vec<String>,
        }

        pub fn user(name: String, age: u32) -> User {
            User { name }
        }
      `,
      after: rust`
        pub struct User {
            pub name: String,
            pub age: u32,
            pub tags: Vec<String>,
        }

        pub fn user(name: String, age: u32) -> User {
            User { name, age, tags: Vec::new() }
        }
      `,
      within: 1,
    },
    {
      title: 'as another place builds it',
      before: rust`
        pub struct Robot {
            pub name: String,
            pub battery: u8,
        }

        pub fn first() -> Robot {
            Robot {
                name: String::from("Ada"),
                battery: 100,
            }
        }

        pub fn second() -> Robot {
            Robot {
                name: String::from("Bob"),
            }
        }
      `,
      after: rust`
        pub struct Robot {
            pub name: String,
            pub battery: u8,
        }

        pub fn first() -> Robot {
            Robot {
                name: String::from("Ada"),
                battery: 100,
            }
        }

        pub fn second() -> Robot {
            Robot {
                name: String::from("Bob"),
                battery: 100,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a field whose declaration kept its old name',
      before: rust`
        pub struct Scene {
            shapes: Vec<u32>,
            size: usize,
        }

        impl Scene {
            pub fn new(limit: usize) -> Self {
                Scene { shapes: Vec::new(), limit }
            }

            pub fn add(&mut self, shape: u32) -> bool {
                self.shapes.push(shape);
                self.shapes.len() <= self.limit
            }
        }
      `,
      after: rust`
        pub struct Scene {
            shapes: Vec<u32>,
            limit: usize,
        }

        impl Scene {
            pub fn new(limit: usize) -> Self {
                Scene { shapes: Vec::new(), limit }
            }

            pub fn add(&mut self, shape: u32) -> bool {
                self.shapes.push(shape);
                self.shapes.len() <= self.limit
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the only field there is, by its initial',
      before: rust`
        pub struct Circle {
            pub radius: f64,
        }

        impl Circle {
            pub fn area(&self) -> f64 {
                3.0 * self.r * self.r
            }
        }
      `,
      after: rust`
        pub struct Circle {
            pub radius: f64,
        }

        impl Circle {
            pub fn area(&self) -> f64 {
                3.0 * self.radius * self.radius
            }
        }
      `,
      within: 1,
    },
  ],
};

/** E0063: every missing field of the expression, at once. */
function filled(input: ProposeInput): Draft[] {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return [];
  const expression = enclosing(source.nodeAt(source.range(span)), 'struct_expression');
  const body = expression?.childForFieldName('body') ?? null;
  if (expression === null || body === null) return [];
  const missing = quotedParts(input.diagnostic.message.split(' in initializer of ')[0] ?? '');
  const typeName = quotedParts(input.diagnostic.message).at(-1) ?? '';
  const [shape] = shapesNamed(input, typeName.includes('::') ? typeName : (typeName.split('<')[0] as string));
  if (shape === undefined || missing.length === 0 || input.diagnostic.message.includes('other field')) return [];
  const choices = missing.map((name) => valuesFor(input, source, expression, shape, name));
  if (choices.some((values) => values.length === 0)) return [];
  const depth = Math.max(...choices.map((values) => values.length));
  const drafts: Draft[] = [];
  for (let index = 0; index < depth; index++) {
    const chosen = choices.map((values) => values[Math.min(index, values.length - 1)] as Value);
    const texts = chosen.map((value, at) =>
      value.text === missing[at] ? value.text : `${missing[at]}: ${value.text}`,
    );
    drafts.push({
      title: `Set ${missing.map((name) => `\`${name}\``).join(', ')}`,
      edits: [appended(source, body, texts)],
      flags: [...new Set(chosen.flatMap((value) => value.flags))],
      features: { agreement: Math.min(...chosen.map((value) => value.agreement)) },
    });
  }
  return drafts;
}

interface Value {
  readonly text: string;
  readonly agreement: number;
  readonly flags: readonly CandidateFlag[];
}

function valuesFor(input: ProposeInput, source: SourceFile, expression: Node, shape: Shape, name: string): Value[] {
  const field = shape.fields.find((one) => one.name === name);
  if (field === undefined) return [];
  const type = parseType(field.type);
  const found: Value[] = [];
  const names = namesInScope(source, expression.startIndex, input).filter((one) =>
    ['local', 'parameter', 'const', 'static'].includes(one.kind),
  );
  for (const one of names.filter((known) => known.path === name)) {
    const have = one.type === null ? null : parseType(one.type);
    const text = have !== null && type !== null ? converted(name, have, type) : name;
    if (text !== null) found.push({ text, agreement: 1, flags: [] });
  }
  for (const text of elsewhere(input, expression, shape, name)) found.push({ text, agreement: 0.8, flags: [] });
  const same = names.filter((one) => one.type !== null && one.type === field.type && one.path !== name);
  if (same.length === 1 && found.length === 0)
    found.push({ text: (same[0] as { path: string }).path, agreement: 0.5, flags: [] });
  const empty = type === null ? null : emptyOf(type);
  if (empty !== null) found.push(empty);
  return found;
}

function converted(name: string, have: RustType, want: RustType): string | null {
  const [a, b] = [writeType(have), writeType(want)];
  if (a === b || a === null || b === null) return name;
  if (isPath(want, 'String') && have.kind === 'ref') return `${name}.to_string()`;
  if (have.kind === 'ref' && writeType(have.of) === b) return `${name}.clone()`;
  if (isPath(want, 'Option') && want.args[0] && writeType(want.args[0]) === a) return `Some(${name})`;
  return have.kind === 'other' ? `${name}.into()` : name;
}

/** What other places that build the same struct put there without naming a variable of theirs. */
function elsewhere(input: ProposeInput, expression: Node, shape: Shape, name: string): string[] {
  const found: string[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null) continue;
    for (const node of descendants(source.root, 'field_initializer')) {
      if (node.childForFieldName('field')?.text !== name) continue;
      const built = enclosing(node, 'struct_expression');
      const written = built?.childForFieldName('name')?.text.split('::').at(-1) ?? '';
      if (built === null || built.equals(expression) || (written !== shape.name && written !== 'Self')) continue;
      const value = node.childForFieldName('value') ?? null;
      if (
        value !== null &&
        descendants(value, 'identifier').every((id) => /^[A-Z]|^(new|with_capacity|default)$/.test(id.text)) &&
        !value.text.includes('self')
      )
        found.push(value.text);
    }
  }
  return [...new Set(found)].slice(0, 2);
}

/** The value of a type that holds nothing. A number's zero has no source and says so. */
function emptyOf(type: RustType): Value | null {
  if (isPath(type, 'Option')) return { text: 'None', agreement: 0.6, flags: [] };
  if (isPath(type, 'Vec', 'String', 'HashMap', 'HashSet', 'BTreeMap', 'BTreeSet', 'VecDeque', 'BinaryHeap'))
    return { text: `${type.path}::new()`, agreement: 0.6, flags: [] };
  if (isPath(type, 'PhantomData')) return { text: type.path, agreement: 1, flags: [] };
  if (isInteger(type)) return { text: '0', agreement: 0.4, flags: ['invents'] };
  if (isPath(type, 'f32', 'f64')) return { text: '0.0', agreement: 0.4, flags: ['invents'] };
  if (isPath(type, 'bool')) return { text: 'false', agreement: 0.4, flags: ['invents'] };
  return null;
}

/** Field initialisers behind the last one, on a line of their own where the others have one. */
function appended(source: SourceFile, body: Node, texts: readonly string[]): Edit {
  const last = namedChildren(body)
    .filter((child) => child.type !== 'base_field_initializer')
    .at(-1);
  const base = namedChildren(body).find((child) => child.type === 'base_field_initializer');
  if (base !== undefined) return source.insert(base.startIndex, `${texts.join(', ')}, `);
  if (last === undefined) return source.insert(body.startIndex + 1, ` ${texts.join(', ')} `);
  const closer = body.endIndex - 1;
  const behind = source.text.slice(last.endIndex, closer);
  const comma = behind.indexOf(',');
  const apart = source.lineOf(closer) > source.lineOf(last.endIndex);
  const separator = apart ? `${source.newline}${source.indentAt(last.startIndex)}` : ' ';
  const lines = texts.join(`,${separator}`);
  if (comma >= 0) return source.insert(last.endIndex + comma + 1, `${separator}${lines}${apart ? ',' : ''}`);
  return source.insert(last.endIndex, `,${separator}${lines}`);
}

/** A field that the struct calls something else: the only one there is, the only one still unset, the likest. */
function renamed(input: ProposeInput): Draft[] {
  const uses = usesOf(input);
  const [first] = uses;
  if (first === undefined) return [];
  const [shape] = shapesNamed(input, first.type);
  if (shape === undefined || shape.kind === 'unit') return [];
  // What one of the places sets beside it is another field for sure.
  const taken = new Set(uses.flatMap((use) => (use.expression === null ? [] : fieldNames(use.expression))));
  const free = shape.fields.filter((field) => !taken.has(field.name));
  const only = free.length === 1 && (shape.kind === 'tuple' || first.expression !== null || shape.fields.length === 1);
  const ranked = free
    .map((field) => ({
      name: field.name,
      likeness: only ? Math.max(0.5, likeness(first.name, field.name)) : likeness(first.name, field.name),
      only,
    }))
    .sort((a, b) => b.likeness - a.likeness);
  const stale = uses.some((use) => use.expression !== null)
    ? staleDeclaration(input, shape, ranked.slice(0, mostOthers), uses.length)
    : null;
  const drafts = ranked.slice(0, mostOthers).map(
    ({ name, likeness: alike, only }): Draft => ({
      title: `\`${name}\` instead of \`${first.name}\`${uses.length > 1 ? ` (in ${uses.length} places)` : ''}`,
      edits: uses.map((use) => use.source.edit(use.start, use.end, use.shorthand ? `${name}: ${first.name}` : name)),
      flags: (alike < 0.3 && !only) || stale?.name === name ? ['unlikely'] : [],
      features: { similarity: alike, agreement: only ? 1 : 0.4, repeats: uses.length },
    }),
  );
  if (stale === null) return drafts;
  return [
    {
      title: `The field \`${stale.name}\`, which nothing uses, is \`${first.name}\``,
      edits: [stale.edit(first.name)],
      features: { similarity: stale.likeness, agreement: 1, idiom: 1 },
    },
    ...drafts,
  ];
}

/** A field that is declared and used nowhere, where another name is used in several places: the declaration is what is old. */
function staleDeclaration(
  input: ProposeInput,
  shape: Shape,
  candidates: readonly { readonly name: string; readonly likeness: number; readonly only: boolean }[],
  places: number,
): { readonly name: string; readonly likeness: number; edit(name: string): Edit } | null {
  if (places < 2 || shape.kind !== 'braces') return null;
  for (const { name, likeness, only } of candidates) {
    const declared = shape.fields.find((field) => field.name === name)?.node.childForFieldName('name') ?? null;
    if (declared === null || (likeness < 0.5 && !only)) continue;
    const used = input.files.some((file) => {
      const source = input.source(file);
      if (source?.text.includes(name) !== true) return false;
      return descendants(source.root, 'field_identifier', 'shorthand_field_identifier', 'identifier').some(
        (node) => node.text === name && !(node.startIndex === declared.startIndex && source === shape.source),
      );
    });
    if (!used) return { name, likeness, edit: (to) => shape.source.edit(declared.startIndex, declared.endIndex, to) };
  }
  return null;
}

/** Likeness, where an abbreviation of a name is near to it: `r` and `radius`, `qty` and `quantity`. */
function likeness(short: string, name: string): number {
  const letters = similarity(short, name);
  let at = 0;
  for (const letter of name) if (letter === short[at]) at += 1;
  const abbreviates = at === short.length && short[0] === name[0];
  return Math.max(
    letters,
    abbreviates ? 0.6 : 0,
    name.endsWith(`_${short}`) || name.startsWith(`${short}_`) ? 0.75 : 0,
  );
}

function fieldNames(expression: Node): string[] {
  const body = expression.childForFieldName('body') ?? expression;
  return namedChildren(body).map(
    (child) => child.childForFieldName('field')?.text ?? child.childForFieldName('name')?.text ?? child.text,
  );
}
