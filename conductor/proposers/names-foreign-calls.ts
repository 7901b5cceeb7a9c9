// E0425, E0433, E0423, E0599: a whole call as another language writes it, where a word alone would not do.
//
//     text.substring(1, 3)          →    &text[1..3]
//     Math.max(a, b)                →    a.max(b)
//     let top = xs.iter().sorted()  →    let mut top: Vec<_> = xs.iter().collect(); top.sort();
//
// The tables are support/foreign-calls.ts; single words are names-foreign's.
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, operand, receiver } from './support/expressions.ts';
import { callTemplates, methodTemplates, type Template, typePaths } from './support/foreign-calls.ts';
import { isAdapter, memberAccess } from './support/member-access.ts';
import { rust } from './support/rust.ts';
import { isPath, isText, type RustType } from './support/rust-type.ts';
import { type Unresolved, unresolvedOf } from './support/unresolved.ts';

export const namesForeignCalls: Proposer = {
  name: 'names-foreign-calls',
  codes: ['E0425', 'E0433', 'E0423', 'E0412', 'E0599', 'E0609'],
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    if (found === null) return [];
    if (found.sought === 'member') return sound([...members(input, found), ...sortedIterator(input, found)]);
    return sound([...calls(input, found), ...paths(input, found)]);
  },
  examples: [
    {
      title: 'a part of a text',
      before: rust`
        pub fn inner(text: &str) -> &str {
            text.substring(1, 3)
        }
      `,
      after: rust`
        pub fn inner(text: &str) -> &str {
            &text[1..3]
        }
      `,
      within: 1,
    },
    {
      title: 'a method of what a part is',
      before: rust`
        pub fn inner(text: &str) -> String {
            text.substring(1, 3).to_string()
        }
      `,
      after: rust`
        pub fn inner(text: &str) -> String {
            text[1..3].to_string()
        }
      `,
      within: 1,
    },
    {
      title: 'a library of mathematics',
      before: rust`
        pub fn far(x: f64, y: f64) -> f64 {
            Math.max(x, y) + Math.sqrt(x)
        }
      `,
      after: rust`
        pub fn far(x: f64, y: f64) -> f64 {
            x.max(y) + x.sqrt()
        }
      `,
      within: 1,
    },
    {
      title: 'where something stands in a list',
      before: rust`
        pub fn place(values: &[i32], wanted: i32) -> Option<usize> {
            values.index_of(wanted)
        }
      `,
      after: rust`
        pub fn place(values: &[i32], wanted: i32) -> Option<usize> {
            values.iter().position(|item| *item == wanted)
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator cannot be sorted',
      before: rust`
        pub fn ranked(values: &[i32]) -> Vec<i32> {
            let ranked = values.iter().copied().sorted();
            ranked
        }
      `,
      after: rust`
        pub fn ranked(values: &[i32]) -> Vec<i32> {
            let mut ranked: Vec<_> = values.iter().copied().collect();
            ranked.sort();
            ranked
        }
      `,
      within: 1,
    },
    {
      title: 'words put into a text by a method of it',
      before: rust`
        pub fn greeting(name: &str, age: u32) -> String {
            "{} is {}".format(name, age)
        }
      `,
      after: rust`
        pub fn greeting(name: &str, age: u32) -> String {
            format!("{} is {}", name, age)
        }
      `,
      within: 1,
    },
  ],
};

/** What kind of value a type is, in the words of the tables; null where it is not known. */
function kindOf(type: RustType | null): string | null {
  if (type === null) return null;
  if (type.kind === 'ref') return kindOf(type.of);
  if (isPath(type, 'char')) return 'char';
  if (isText(type) || (type.kind === 'path' && type.name === 'str')) return 'text';
  if (type.kind === 'slice' || type.kind === 'array' || isPath(type, 'Vec', 'VecDeque')) return 'list';
  if (isPath(type, 'HashMap', 'BTreeMap')) return 'map';
  return isAdapter(type) ? 'iterator' : 'other';
}

function members(input: ProposeInput, found: Unresolved): Draft[] {
  const templates = methodTemplates.get(found.name);
  if (templates === undefined) return [];
  const kind = kindOf(memberAccess(input)?.type ?? null);
  const drafts: Draft[] = [];
  const fits = (one: Template, args: number): boolean =>
    (one.arguments === null || one.arguments === args) && (one.of === null || kind === null || one.of === kind);
  const places = sameMember(input, found);
  for (const template of templates) {
    const edits = places.flatMap(({ file, call, field }) => {
      const args = callArguments(call);
      const value = field.childForFieldName('value');
      if (value === null || !fits(template, args.length)) return [];
      const text = fill(template.text, value, args).replace('[0..0 + ', '[0..');
      return [file.edit(call.startIndex, call.endIndex, inPlace(call, text))];
    });
    if (edits.length > 0)
      drafts.push({
        title: `\`${template.text.replace('$0', '_')}\` for \`.${found.name}()\``,
        edits,
        features: { foreign: 1, repeats: edits.length, agreement: template.of === null ? 0.7 : 1 },
      });
  }
  return drafts;
}

interface Place {
  readonly file: SourceFile;
  readonly call: Node;
  readonly field: Node;
}

/** The calls of the same unknown member that are not inside one another. */
function sameMember(input: ProposeInput, found: Unresolved): Place[] {
  const places: Place[] = [];
  for (const error of [input.diagnostic, ...input.errors]) {
    const other = unresolvedOf(input, error);
    if (other === null || other.sought !== 'member' || other.name !== found.name) continue;
    const field = enclosing(other.file.nodeAt(other.range), 'field_expression');
    const call = field?.parent ?? null;
    if (field === null || call?.type !== 'call_expression') continue;
    const inside = (one: Place): boolean =>
      one.file === other.file && one.call.startIndex < call.endIndex && call.startIndex < one.call.endIndex;
    if (!places.some(inside)) places.push({ file: other.file, call, field });
  }
  return places;
}

/** `$0`, `$1`, … filled in; `&$1` and `*$1` take a `&` that is there into account. */
function fill(template: string, value: Node | null, args: readonly Node[]): string {
  const isMacro = /^\w+!/.test(template);
  if (isMacro) return macro(template, value, args);
  const part = (index: number): string => (index === 0 ? value?.text : args[index - 1]?.text) ?? '';
  const bare = (index: number): string => {
    const node = index === 0 ? value : (args[index - 1] ?? null);
    return node?.type === 'reference_expression' ? (node.childForFieldName('value')?.text ?? node.text) : part(index);
  };
  return template.replace(/([&*]?)\$(\d)(?=(\.|\[)|( as )|)/g, (whole, sign: string, digit: string, behind, cast) => {
    const index = Number(digit);
    const lent = whole.startsWith('&') && !/^&\$0\[/.test(template);
    const text = sign === '*' ? (part(index).startsWith('&') ? bare(index) : part(index)) : part(index);
    const bound = behind !== undefined ? receiver(bare(index)) : cast !== undefined ? operand(text) : text;
    if (sign === '*') return bound;
    return lent ? `&${bare(index)}` : `${sign}${bound}`;
  });
}

/** A macro's arguments: a format first, which `println(x)` of other languages does without. */
function macro(template: string, value: Node | null, args: readonly Node[]): string {
  const texts = [...(template.includes('$0') && value !== null ? [value] : []), ...args];
  const name = template.slice(0, template.indexOf('!') + 1);
  const inner = texts.map((node) => node.text).join(', ');
  if (name === 'vec!') return `vec![${inner}]`;
  const first = texts[0];
  if (first === undefined || first.type === 'string_literal') return `${name}(${inner})`;
  return `${name}("${texts.map(() => '{}').join(' ')}", ${inner})`;
}

/** A slice as a receiver needs no `&`; an operator in an operand needs parentheses. */
function inPlace(call: Node, text: string): string {
  const parent = call.parent;
  const received = parent?.type === 'field_expression' || parent?.type === 'index_expression';
  const slice = /^&(.+\])$/s.exec(text)?.[1];
  if (slice !== undefined && (received || parent?.type === 'reference_expression')) return slice;
  if (received || parent?.type === 'try_expression') return receiver(text);
  return ['binary_expression', 'unary_expression', 'type_cast_expression'].includes(parent?.type ?? '')
    ? operand(text)
    : text;
}

/** `Math.max(a, b)`, `Math::max(a, b)`, `ord(c)`: the callee's path with `::` throughout. */
function calls(input: ProposeInput, found: Unresolved): Draft[] {
  const own = placeOfPath(found);
  if (own === null) return [];
  const drafts: Draft[] = [];
  // Another name of the same library is the same slip.
  const head = own.path.split('::')[0] as string;
  const others = [input.diagnostic, ...input.errors].flatMap((error) => {
    const other = unresolvedOf(input, error);
    const place = other === null ? null : placeOfPath(other);
    return place !== null && place.path.split('::')[0] === head ? [place] : [];
  });
  const places: PathPlace[] = [];
  for (const place of [own, ...others]) {
    const inside = (one: PathPlace): boolean =>
      one.file === place.file && one.node.startIndex < place.node.endIndex && place.node.startIndex < one.node.endIndex;
    if (!places.some(inside)) places.push(place);
  }
  const most = templatesOf(own).length;
  for (let choice = 0; choice < most; choice += 1) {
    const edits = places.flatMap((place) => {
      const templates = templatesOf(place);
      const template = templates[choice] ?? (place.path === own.path ? undefined : templates[0]);
      if (template === undefined) return [];
      const text = fill(template.text, null, place.args);
      return [place.file.edit(place.node.startIndex, place.node.endIndex, inPlace(place.node, text))];
    });
    const template = templatesOf(own)[choice] as Template;
    drafts.push({
      title: `\`${template.text.replace('$1', '_')}\` for \`${own.path}\``,
      edits,
      features: { foreign: 1, repeats: edits.length, agreement: 1 },
    });
  }
  return drafts;
}

interface PathPlace {
  readonly file: SourceFile;
  /** The call, or the path where it is no call. */
  readonly node: Node;
  readonly path: string;
  readonly args: readonly Node[];
  readonly called: boolean;
}

function placeOfPath({ file, range }: Unresolved): PathPlace | null {
  let node = file.nodeAt(range);
  if (node.type !== 'identifier') return null;
  for (let parent = node.parent; parent !== null; parent = node.parent) {
    const leads = parent.startIndex === node.startIndex;
    if (parent.type !== 'scoped_identifier' && !(parent.type === 'field_expression' && leads)) break;
    node = parent;
    // A value's method is not a part of the library's name.
    if (callTemplates.has(node.text.replace(/\s*(?:\.|::)\s*/g, '::'))) break;
  }
  const path = node.text.replace(/\s*(?:\.|::)\s*/g, '::');
  const call =
    node.parent?.type === 'call_expression' && node.parent.startIndex === node.startIndex ? node.parent : null;
  return { file, node: call ?? node, path, args: call === null ? [] : callArguments(call), called: call !== null };
}

function templatesOf({ path, args, called }: PathPlace): readonly Template[] {
  return (callTemplates.get(path) ?? []).filter(
    (one) =>
      (one.arguments === null || (called && one.arguments === args.length)) &&
      called === (one.arguments !== null || one.text.includes('$')),
  );
}

/** `std::vector<i32>`: every path of the file that is written so. */
function paths(input: ProposeInput, found: Unresolved): Draft[] {
  const { file } = found;
  const node = enclosing(file.nodeAt(found.range), 'scoped_type_identifier', 'scoped_identifier');
  const known = node === null ? undefined : typePaths.get(node.text.replace(/\s+/g, ''));
  if (node === null || known === undefined) return [];
  const edits = descendants(file.root, 'scoped_type_identifier', 'scoped_identifier')
    .filter((one) => one.text === node.text && enclosing(one, 'use_declaration') === null)
    .map((one) => file.edit(one.startIndex, one.endIndex, known));
  return edits.length === 0 || input.files.length === 0
    ? []
    : [
        {
          title: `\`${known}\` for \`${node.text}\``,
          edits,
          features: { foreign: 1, repeats: edits.length, agreement: 1 },
        },
      ];
}

const sorts = /^(?:sort\w*|sorted\w*)$/;

/** `let x = iterator.sort…(…)`: collected first, sorted then. */
function sortedIterator(input: ProposeInput, found: Unresolved): Draft[] {
  if (!sorts.test(found.name)) return [];
  const { file } = found;
  const field = enclosing(file.nodeAt(found.range), 'field_expression');
  const call = field?.parent ?? null;
  const value = field?.childForFieldName('value') ?? null;
  if (field === null || value === null || call?.type !== 'call_expression') return [];
  const kind = kindOf(memberAccess(input)?.type ?? null);
  if (kind !== 'iterator' && kind !== 'list') return [];
  const method = found.name.replace(/^sorted/, 'sort');
  const args = callArguments(call)
    .map((argument) => argument.text)
    .join(', ');
  const collected =
    kind === 'iterator'
      ? `${value.text}.collect()`
      : value.type === 'identifier'
        ? `${value.text}.to_vec()`
        : value.text;
  // Behind `.sorted()` of itertools a `.collect()` may follow already.
  const outer = call.parent?.parent;
  const collects = /^\.collect(::<.*>)?\(\)$/s.test(outer?.text.slice(call.text.length).trim() ?? '');
  const whole = collects && outer?.type === 'call_expression' ? outer : call;
  const declaration = whole.parent?.type === 'let_declaration' ? whole.parent : null;
  const pattern = declaration?.childForFieldName('pattern');
  if (declaration !== null && pattern?.type === 'identifier') {
    const type = declaration.childForFieldName('type')?.text ?? 'Vec<_>';
    const head = `let mut ${pattern.text}: ${type} = ${collected};`;
    const indent = file.indentAt(declaration.startIndex);
    return [
      {
        title: 'Collect, then sort',
        edits: [
          file.edit(
            declaration.startIndex,
            declaration.endIndex,
            `${head}${file.newline}${indent}${pattern.text}.${method}(${args});`,
          ),
        ],
        features: { foreign: 1, agreement: 1, idiom: 1 },
      },
    ];
  }
  const block = whole.parent?.type === 'block' ? whole.parent : null;
  const statement = block === null ? null : whole;
  if (statement === null) return [];
  const indent = file.indentAt(statement.startIndex);
  const lines = [`let mut sorted: Vec<_> = ${collected};`, `sorted.${method}(${args});`, 'sorted'];
  return [
    {
      title: 'Collect, then sort',
      edits: [file.edit(statement.startIndex, statement.endIndex, lines.join(`${file.newline}${indent}`))],
      features: { foreign: 1, agreement: 1, idiom: 1 },
    },
  ];
}
