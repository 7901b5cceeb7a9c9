// What may stand where a call lacks an argument, likeliest first: names in scope and what is reached through them, as the
// parameter's type asks for them; what other calls of the function pass; the one value of a type that has no other. Each comes
// with how probable it is among the others, by a small table. Which call it is and what becomes of it is calls-missing's.
import { descendants, enclosing } from '../../../tools/index/source.ts';
import { typeOfName } from '../../agreement.ts';
import type { KnownName } from '../../questions.ts';
import type { ProposeInput } from '../../types.ts';
import { askedNames } from './asked.ts';
import { callArguments } from './expressions.ts';
import { calleeOf } from './functions.ts';
import { viewOf } from './macro-view.ts';
import {
  derefs,
  isCopy,
  isInteger,
  isText,
  isUnit,
  matches,
  parseType,
  type RustType,
  writeType,
} from './rust-type.ts';
import { shapesNamed } from './shapes.ts';
import { similarity } from './similarity.ts';
import type { Missing, WrongCall } from './wrong-call.ts';

export interface ArgumentValue {
  /** As it is written in the call. */
  readonly text: string;
  /** What it reads: `self.rows` of `&self.rows`. */
  readonly path: string;
  /** How probable it is, 0 to 1, among those found and something else. */
  readonly likelihood: number;
  readonly features: Readonly<Record<string, number>>;
}

/**
 * What each piece of evidence counts, in log-odds against the other values. Fitted (conditional logit, one row a call) to
 * arguments that were taken out of calls of the crates of the tuning half, with the text that stood there as the right one.
 */
export const EVIDENCE: Readonly<Record<string, number>> = {
  /** 1 where it is called as the parameter is. */
  name: 2.66,
  /** Likeness to the parameter's name where it is called otherwise, 0.5 to 1. */
  like: 1.04,
  /** 1 where nothing in the function reads it yet. */
  unused: 3.7,
  /** 1 where another call in the same function passes it there. */
  near: 1.3,
  /** 1 where a call in another function passes it there. */
  far: 0.91,
  /** log2(1 + calls that pass it) where no other call passes anything else, 0 to 2. */
  agreed: 0.97,
  /** 1 where the types are known and equal. */
  typed: 1.55,
  /** 1 where that holds for nothing else in scope, and such values are seldom written in place. */
  only: 1.32,
  /** 1 where it fits once it is borrowed or read through a reference. */
  lent: 1.87,
  /** 1 where it fits once it is cast. */
  cast: -0.78,
  /** 1 where it is copied with `clone`. */
  cloned: -1.5,
  /** 1 where one of the two types is not known. */
  untyped: -2.27,
  /** 1 where the call has it already, as an argument or as what the method is called on. */
  taken: -3.78,
  /** 1 where it is called as the parameter is, and the call has it: it is another argument that is missing. */
  again: -7.15,
  /** 1 for a local or a parameter that is called as the parameter is. */
  own: 2.08,
  /** 1 for a field of `self`. */
  field: -0.24,
  /** 1 for a field of something else. */
  inner: -0.38,
  /** 1 for `self`. */
  self: -1.1,
  /** 1 for a constant. */
  constant: -1.82,
  /** 1 for what other calls write in place: a literal, a closure, another call. */
  written: -2.69,
  /** 1 for the only value of its type. */
  unit: 4.24,
  /** log2(1 + scopes between it and the call), 0 to 4. */
  distance: -0.92,
  /** Of something else: always 1. */
  none: 1.07,
  /** Of something else: 1 where another crate declares the function. */
  none_foreign: -1.69,
  /** Of something else: 1 where the type is a number's, a truth value's or a text's, which are often written in place. */
  none_plain: 0.23,
  /** Of something else: 1 where nobody knows the type. */
  none_untyped: -0.17,
  /** Of something else: 1 where the other calls pass different things. */
  none_various: 0.77,
};

/** Values that are compared. */
const most = 40;
const leastLikeness = 0.5;

/** The values for one parameter, likeliest first. `taken` are paths that the call has already. */
export function argumentValues(
  input: ProposeInput,
  call: WrongCall,
  missing: Missing,
  taken: ReadonlySet<string>,
): ArgumentValue[] {
  const { values, none } = gathered(input, call, missing, taken);
  return weighed(values, none);
}

/** All that may stand there with what speaks for it, and what speaks for something else. */
export function gathered(
  input: ProposeInput,
  call: WrongCall,
  missing: Missing,
  taken: ReadonlySet<string>,
): { readonly values: readonly Omit<ArgumentValue, 'likelihood'>[]; readonly none: Readonly<Record<string, number>> } {
  const wanted = concrete(call, missing.type);
  const siblings = siblingTexts(input, call, missing.index);
  const different = new Set([...siblings.near.keys(), ...siblings.far.keys()]).size;
  const found = new Map<string, { text: string; path: string; features: Record<string, number> }>();
  const add = (text: string, path: string, features: Record<string, number>): void => {
    const times = (siblings.near.get(text) ?? 0) + (siblings.far.get(text) ?? 0);
    const passed = { near: siblings.near.has(text) ? 1 : 0, far: siblings.far.has(text) ? 1 : 0 };
    const agreed = different === 1 ? Math.min(2, Math.log2(1 + times)) : 0;
    const gone = taken.has(path) ? 1 : 0;
    const again = gone === 1 && features.name === 1 ? 1 : 0;
    const known = { ...features, ...passed, agreed, taken: gone, again };
    if (!found.has(text) && found.size < most) found.set(text, { text, path, features: known });
  };
  if (wanted !== null && isUnit(wanted)) add('()', '()', { unit: 1 });
  const names = valueNames(input, call);
  for (const name of names) {
    const type = typeOfName(name, input.observations);
    const like = likeness(missing, name.name);
    const local = name.kind === 'local' || name.kind === 'parameter';
    const own = { ...about(input, call, name), ...like, ...(local && like.name === 1 ? { own: 1 } : {}) };
    for (const form of formsOf(name.path, type, wanted, name.kind))
      add(form.text, name.path, { ...own, ...form.features });
    if (type === null || wanted === null || !['local', 'parameter', 'self'].includes(name.kind)) continue;
    for (const field of fieldsOf(input, call, name, type)) {
      const path = `${name.path}.${field.name}`;
      const inner = { inner: 1, distance: own.distance, ...likeness(missing, field.name) };
      for (const form of formsOf(path, parseType(field.type), wanted, 'field'))
        if (form.features.typed === 1 || form.features.lent === 1) add(form.text, path, { ...inner, ...form.features });
    }
  }
  const scope = new Set(names.map(({ name }) => name));
  for (const [text] of [...siblings.near, ...siblings.far])
    if (bound(text, scope)) add(text, text, { written: 1, ...likeness(missing, text) });
  const none = {
    none: 1,
    none_foreign: call.fn === null ? 1 : 0,
    none_plain: wanted !== null && writtenInPlace(wanted) ? 1 : 0,
    none_untyped: wanted === null ? 1 : 0,
    none_various: different > 1 ? 1 : 0,
  };
  const values = [...found.values()];
  const [only, other] = values.filter(({ features }) => features.typed === 1 || features.lent === 1);
  if (only !== undefined && other === undefined && none.none_plain === 0) only.features.only = 1;
  return { values, none };
}

/** Shares of all that may stand there, something else among it. */
function weighed(
  values: readonly Omit<ArgumentValue, 'likelihood'>[],
  none: Readonly<Record<string, number>>,
): ArgumentValue[] {
  const weight = (features: Readonly<Record<string, number>>): number =>
    Math.exp(Object.entries(features).reduce((sum, [name, value]) => sum + (EVIDENCE[name] ?? 0) * value, 0));
  const all = values.reduce((sum, { features }) => sum + weight(features), weight(none));
  return values
    .map((value) => ({ ...value, likelihood: weight(value.features) / all }))
    .sort((a, b) => b.likelihood - a.likelihood);
}

/** Numbers, truth values and text may have been a literal or an expression: that one is in scope says little. */
function writtenInPlace(type: RustType): boolean {
  return isText(type) || isCopy(type.kind === 'ref' ? type.of : type);
}

/** The type where it is one: not the name of a type parameter of the function. */
function concrete({ fn }: WrongCall, type: RustType | null): RustType | null {
  if (type === null) return null;
  const text = writeType(type) ?? '';
  if (/\bimpl\b|\bdyn\b|\bSelf\b|[{@]/.test(text)) return null;
  const parameters = fn?.node.childForFieldName('type_parameters') ?? null;
  const names =
    parameters === null ? [] : descendants(parameters, 'type_parameter').map((one) => one.namedChild(0)?.text ?? '');
  return names.some((name) => new RegExp(`\\b${name}\\b`).test(text)) ? null : type;
}

function likeness({ name }: Missing, own: string): Record<string, number> {
  if (name === null || name === '') return {};
  if (name === own) return { name: 1 };
  const like = /^\w+$/.test(own) ? similarity(name, own) : 0;
  return like >= leastLikeness ? { like } : {};
}

/** What is known of a name at the call. */
function about(input: ProposeInput, call: WrongCall, name: KnownName): Record<string, number> & { distance: number } {
  return {
    distance: name.distance >= 100 ? 4 : Math.min(4, Math.log2(1 + name.distance)),
    ...(unused(input, call, name) ? { unused: 1 } : {}),
    ...(name.kind === 'field' ? { field: 1 } : {}),
    ...(name.kind === 'self' ? { self: 1 } : {}),
    ...(name.kind === 'const' || name.kind === 'static' ? { constant: 1 } : {}),
  };
}

/** Fields of a value whose type the crate declares. */
function fieldsOf(
  input: ProposeInput,
  call: WrongCall,
  name: KnownName,
  type: RustType,
): { name: string; type: string }[] {
  const bare = type.kind === 'ref' ? type.of : type;
  if (name.kind === 'self' || bare.kind !== 'path') return [];
  const around = enclosing(call.node, 'impl_item')?.childForFieldName('type')?.text.split('<')[0] ?? 'Self';
  const shapes = shapesNamed(input, bare.name === 'Self' ? around : bare.name).filter(({ owner }) => owner === null);
  return shapes.length === 1 ? [...(shapes[0]?.fields ?? [])] : [];
}

/** How a value is written where a type is asked for; nothing where it does not fit. */
function formsOf(
  path: string,
  type: RustType | null,
  wanted: RustType | null,
  kind: KnownName['kind'],
): { readonly text: string; readonly features: Record<string, number> }[] {
  if (type === null || wanted === null) return [{ text: path, features: { untyped: 1 } }];
  if (matches(type, wanted)) {
    const owned = kind === 'field' && !isCopy(type);
    return [owned ? { text: `${path}.clone()`, features: { cloned: 1 } } : { text: path, features: { typed: 1 } }];
  }
  if (type.kind === 'ref' && wanted.kind === 'ref' && derefs(type.of, wanted.of) && (type.mutable || !wanted.mutable))
    return [{ text: path, features: { typed: 1 } }];
  if (wanted.kind === 'ref' && derefs(type, wanted.of))
    return [{ text: `&${wanted.mutable ? 'mut ' : ''}${path}`, features: { lent: 1 } }];
  if (type.kind === 'ref' && isCopy(wanted) && matches(type.of, wanted))
    return [{ text: `*${path}`, features: { lent: 1 } }];
  const to = isInteger(wanted) && isInteger(type) ? writeType(wanted) : null;
  return to === null || /[{ ]/.test(to) ? [] : [{ text: `${path} as ${to}`, features: { cast: 1 } }];
}

/** Whether all that an expression reads is in scope: what it binds itself, methods and paths aside. */
function bound(text: string, scope: ReadonlySet<string>): boolean {
  const closed = /^(?:move\s+)?\|([^|]*)\|/.exec(text)?.[1] ?? '';
  const own = new Set(closed.match(/\b[a-z_]\w*/g) ?? []);
  const bare = text.replace(/b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)+'/g, ' ');
  const words = [...bare.matchAll(/(?<![.:\w])([a-z_]\w*)\b(?!\s*[(!:]|::)/g)].map(([, word]) => word as string);
  return words.every(
    (word) =>
      /^(?:true|false|mut|as|ref|self|move|[iu](?:8|16|32|64|128|size)|f32|f64)$/.test(word) ||
      scope.has(word) ||
      own.has(word),
  );
}

/** What the other calls of the function pass at a place: those in the same function, and the rest, with how often. */
function siblingTexts(
  input: ProposeInput,
  call: WrongCall,
  index: number,
): { readonly near: ReadonlyMap<string, number>; readonly far: ReadonlyMap<string, number> } {
  const [near, far] = [new Map<string, number>(), new Map<string, number>()];
  const wanted = call.args.length + call.missing;
  const here = enclosing(call.node, 'function_item');
  for (const file of input.files) {
    const source = viewOf(input.source(file));
    if (source === null || !source.text.includes(call.name)) continue;
    for (const node of descendants(source.root, 'call_expression')) {
      const callee = calleeOf(node);
      const args = callee?.name.text === call.name ? callArguments(node) : [];
      const text = args.length === wanted ? args[index]?.text : undefined;
      if (text === undefined) continue;
      const around = enclosing(node, 'function_item');
      const same =
        source.path === call.source.path &&
        here !== null &&
        around?.startIndex === here.startIndex &&
        around.endIndex === here.endIndex;
      const list = same ? near : far;
      list.set(text, (list.get(text) ?? 0) + 1);
    }
  }
  return { near, far };
}

/** Names that hold a value at the call, nearest first. */
export function valueNames(input: ProposeInput, call: WrongCall): readonly KnownName[] {
  return askedNames(input, call.source, call.node.startIndex).filter(
    (name) =>
      ['local', 'parameter', 'field', 'const', 'static', 'self'].includes(name.kind) &&
      !declaredWith(call, name) &&
      name.name !== '_',
  );
}

/** `let x = call(…)`: x is not there yet. */
function declaredWith({ source, node }: WrongCall, { declared }: KnownName): boolean {
  const declaration = enclosing(node, 'let_declaration');
  if (declaration === null || declared === null || declared.file !== source.path) return false;
  const at = source.indexOfByte(declared.start);
  return (
    at >= declaration.startIndex &&
    at < node.startIndex &&
    at < (declaration.childForFieldName('value')?.startIndex ?? 0)
  );
}

/** A local, a parameter or `self` that nothing in the function's body reads: `carry |= bit;` only writes it. */
function unused(input: ProposeInput, call: WrongCall, name: KnownName): boolean {
  if (name.kind !== 'local' && name.kind !== 'parameter' && name.kind !== 'self') return false;
  const body = enclosing(call.node, 'function_item')?.childForFieldName('body') ?? null;
  if (body === null) return false;
  const source = name.declared === null ? null : input.source(name.declared.file);
  const at = source === null || name.declared === null ? -1 : source.indexOfByte(name.declared.start);
  const word = new RegExp(`(?<![\\p{XID_Continue}])${name.name}(?![\\p{XID_Continue}])`, 'gu');
  return ![...body.text.matchAll(word)].some((match) => {
    const written = /^\s*(?:<<|>>|[-+*/%&|^])?=(?![=>])/.test(body.text.slice(match.index + match[0].length));
    return body.startIndex + match.index !== at && !written;
  });
}
