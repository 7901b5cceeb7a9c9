// What type a value that a function uses and nobody gives it has: by what calls hand over, the field that it sets, what it is handed
// on to, what the other methods of the type take, and the other side of an operator. Types are texts, as they are written.
import { namesInScope } from '../../../tools/index/scope.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { askedExpected } from './asked.ts';
import { callArguments, namedChildren } from './expressions.ts';
import { calleeOf, functionOf, functionsNamed, type RustFunction } from './functions.ts';
import { localAt } from './locals.ts';
import { expectedPlace } from './name-choices.ts';
import { writeType } from './rust-type.ts';
import { shapesNamed } from './shapes.ts';
import type { Unresolved } from './unresolved.ts';

/** Steps from a value to where its type is written, at most. */
const mostSteps = 8;

/** The type that a value has by what is written: literals, casts, names, and what the crate's functions return. */
export function typeOfValue(input: ProposeInput, source: SourceFile, node: Node | null, steps = 0): string | null {
  if (node === null || steps > mostSteps) return null;
  const go = (inner: Node | null): string | null => typeOfValue(input, source, inner, steps + 1);
  switch (node.type) {
    case 'string_literal':
      return '&str';
    case 'boolean_literal':
      return 'bool';
    case 'char_literal':
      return 'char';
    case 'float_literal':
      return 'f64';
    case 'integer_literal':
      return /[iu](8|16|32|64|128|size)$/.exec(node.text)?.[0] ?? null;
    case 'type_cast_expression':
      return node.childForFieldName('type')?.text ?? null;
    case 'parenthesized_expression':
    case 'unsafe_block':
      return go(node.namedChild(0));
    case 'block': {
      const last = namedChildren(node).at(-1) ?? null;
      return last?.type.endsWith('statement') === true ? null : go(last);
    }
    case 'reference_expression': {
      const type = go(node.childForFieldName('value'));
      const mutable = /^&\s*mut\b/.test(node.text) ? 'mut ' : '';
      return type === null ? null : `&${mutable}${type}`;
    }
    case 'call_expression': {
      const callee = calleeOf(node);
      const [fn, other] = callee === null ? [] : functionsNamed(input, callee.name.text);
      const type = other === undefined ? (fn?.returnType?.text ?? null) : null;
      return type === null || /\bSelf\b|\bimpl\b/.test(type) ? null : type;
    }
    case 'identifier':
    case 'field_expression': {
      const type = namesInScope(source, node.startIndex, input).find((name) => name.path === node.text)?.type ?? null;
      if (type !== null) return type.includes('impl ') ? null : type;
      const local = node.type === 'identifier' ? localAt(source, node) : null;
      return local?.plain === true && local.declaration.type === 'let_declaration' ? go(local.value) : null;
    }
    default:
      return null;
  }
}

/** The parameter of that name that two or more other functions of the type around take, all of one type. */
export function likeOthers(
  { source, node }: RustFunction,
  name: string,
): { readonly type: string; readonly index: number } | null {
  const impl = enclosing(node, 'impl_item');
  const type = impl?.childForFieldName('type')?.text;
  if (type === undefined) return null;
  const found = descendants(source.root, 'function_item').flatMap((other) => {
    if (other.id === node.id || enclosing(other, 'impl_item')?.childForFieldName('type')?.text !== type) return [];
    return functionOf(source, other)?.parameters.filter(({ pattern }) => pattern.text === name) ?? [];
  });
  const [first] = found;
  const same = found.length > 1 && found.every((one) => one.type.text === first?.type.text);
  return first === undefined || !same || /\bimpl\b/.test(first.type.text)
    ? null
    : { type: first.type.text, index: first.index };
}

/** The type of the one field of that name that the type around has. */
export function likeField(input: ProposeInput, { file, range, name }: Unresolved): string | null {
  const known = namesInScope(file, range.start, input).filter((one) => one.kind === 'field' && one.name === name);
  const owner = enclosing(file.nodeAt(range), 'impl_item')?.childForFieldName('type')?.text.split('<')[0];
  const own = owner === undefined ? [] : shapesNamed(input, owner).flatMap(({ fields }) => fields);
  return known[0]?.type ?? own.find((field) => field.name === name)?.type ?? null;
}

/** The type of the field that the name sets: `User { name, age }`, `User { age: age }`. */
export function typeOfField(input: ProposeInput, { file, range, name }: Unresolved): string | null {
  const node = file.nodeAt(range);
  const set = enclosing(node, 'field_initializer', 'shorthand_field_initializer');
  if (set === null || (set.type === 'field_initializer' && set.childForFieldName('value')?.id !== node.id)) return null;
  const expression = enclosing(set, 'struct_expression');
  const impl = enclosing(node, 'impl_item')?.childForFieldName('type')?.text.split('<')[0] ?? 'Self';
  const path = expression?.childForFieldName('name')?.text ?? '';
  const label = set.childForFieldName('field')?.text ?? name;
  const [shape] = shapesNamed(input, path === 'Self' ? impl : path);
  return shape?.fields.find((field) => field.name === label)?.type ?? null;
}

/** The type of the parameter of the same name that the value is handed on to, where a function of the crate has one. */
export function handedOn(input: ProposeInput, { file, range, name }: Unresolved): string | null {
  const node = file.nodeAt(range);
  const call = node.parent?.type === 'arguments' ? node.parent.parent : null;
  const callee = call?.type === 'call_expression' ? calleeOf(call) : null;
  if (!call || callee === null) return null;
  const [fn, other] = functionsNamed(input, callee.name.text);
  if (fn === undefined || other !== undefined) return null;
  const shift = fn.self !== null && callee.receiver === null ? 1 : 0;
  const place = callArguments(call).findIndex((arg) => arg.equals(node)) - shift;
  const parameter = fn.parameters[place];
  if (parameter === undefined || parameter.pattern.text.replace(/^mut /, '') !== name) return null;
  const generics = fn.node.childForFieldName('type_parameters');
  const names =
    generics === null
      ? []
      : descendants(generics, 'type_parameter', 'lifetime').map((one) => one.text.split(':')[0] ?? '');
  const type = parameter.type.text;
  return /\bimpl\b|\bSelf\b/.test(type) || names.some((one) => type.includes(one.trim())) ? null : type;
}

/** The type that the compiler expects at the place, where it was asked. */
export function typeExpected(input: ProposeInput, found: Unresolved): string | null {
  const place = expectedPlace(input, found);
  const type = place === null ? null : askedExpected(input, found.file, place);
  const text = type === null ? null : writeType(type);
  return text === null || /[{@]|\bimpl\b/.test(text) ? null : text;
}

/** The type of the parameter on the other side of an operator. */
export function typeBeside(fn: RustFunction, { file, range }: Unresolved): string | null {
  const node = file.nodeAt(range);
  const binary = node.parent?.type === 'binary_expression' ? node.parent : null;
  const other = [binary?.childForFieldName('left'), binary?.childForFieldName('right')].find(
    (side) => side && side.id !== node.id,
  );
  const type = fn.parameters.find((parameter) => parameter.pattern.text === other?.text)?.type.text ?? null;
  return type !== null && /^(?:[iu](?:8|16|32|64|128|size)|f32|f64|bool|char)$/.test(type) ? type : null;
}
