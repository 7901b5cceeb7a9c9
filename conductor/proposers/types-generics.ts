// E0107, E0091: a generic type with arguments left out. Those that are missing are the parameters in scope that nothing has
// used there, or the types of a bound that begin alike; an error type is the one that the function or the crate gives.
//
// impl<K: Hash, V> Cache<K> { … }         before, for struct Cache<K, V>
// impl<K: Hash, V> Cache<K, V> { … }      after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { callArguments, namedChildren } from './support/expressions.ts';
import { allFunctions, functionOf, type RustFunction } from './support/functions.ts';
import { rust } from './support/rust.ts';

export const typesGenerics: Proposer = {
  name: 'types-generics',
  codes: ['E0107', 'E0091'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const at = source.nodeAt(source.range(span));
    if (input.diagnostic.code === 'E0091') return sound(aliased(source, at));
    const name = at.type === 'type_identifier' ? at : null;
    if (name === null || !/missing generics|takes .*generic arguments? but/.test(input.diagnostic.message)) return [];
    if (name.text === 'Result') return sound(errorType(input, source, name));
    return sound([...undeclared(input, source, name), ...filled(input, source, name)]);
  },
  examples: [
    {
      title: 'a parameter that the type takes too',
      before: rust`
        pub struct Pair<K, V> {
            key: K,
            value: V,
        }

        impl<K: Clone, V> Pair<K> {
            pub fn key(&self) -> K {
                self.key.clone()
            }
        }
      `,
      after: rust`
        pub struct Pair<K, V> {
            key: K,
            value: V,
        }

        impl<K: Clone, V> Pair<K, V> {
            pub fn key(&self) -> K {
                self.key.clone()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an impl that declares nothing',
      before: rust`
        pub struct Stack<T> {
            items: Vec<T>,
        }

        impl Stack {
            pub fn push(&mut self, item: T) {
                self.items.push(item);
            }
        }
      `,
      after: rust`
        pub struct Stack<T> {
            items: Vec<T>,
        }

        impl<T> Stack<T> {
            pub fn push(&mut self, item: T) {
                self.items.push(item);
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an error type that the function shows',
      before: rust`
        pub fn half(n: u32) -> Result<u32> {
            if n % 2 == 1 {
                return Err(format!("{n} is odd"));
            }
            Ok(n / 2)
        }
      `,
      after: rust`
        pub fn half(n: u32) -> Result<u32, String> {
            if n % 2 == 1 {
                return Err(format!("{n} is odd"));
            }
            Ok(n / 2)
        }
      `,
      within: 1,
    },
    {
      title: 'a value that only the result is written with',
      before: rust`
        #[derive(Debug)]
        pub struct Missing;

        pub fn first<T: Clone>(values: &[T]) -> Result<T, Missing> {
            values.first().cloned().ok_or(Missing)
        }

        pub fn parsed<T: std::str::FromStr>(text: &str) -> Result<Missing> {
            text.parse::<T>().map_err(|_| Missing)
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub struct Missing;

        pub fn first<T: Clone>(values: &[T]) -> Result<T, Missing> {
            values.first().cloned().ok_or(Missing)
        }

        pub fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Missing> {
            text.parse::<T>().map_err(|_| Missing)
        }
      `,
      within: 1,
    },
  ],
};

/** Parameters that a type declares, lifetimes and constants aside. */
function parametersOf(list: Node | null): Node[] {
  return list === null
    ? []
    : namedChildren(list).filter((child) => ['type_parameter', 'type_identifier'].includes(child.type));
}

const nameOf = (parameter: Node): string => (parameter.childForFieldName('name') ?? parameter).text;
const STD: Readonly<Record<string, readonly string[]>> = { HashMap: ['K', 'V'], BTreeMap: ['K', 'V'] };

function given(name: Node): { readonly list: Node | null; readonly args: readonly Node[] } {
  const list = name.parent?.type === 'generic_type' ? name.parent.childForFieldName('type_arguments') : null;
  return { list, args: list === null ? [] : namedChildren(list).filter((child) => child.type !== 'lifetime') };
}

/** `impl Stack {`: the parameters of the type, with their bounds, at every such impl. */
function undeclared(input: ProposeInput, source: SourceFile, name: Node): Draft[] {
  const impl = enclosing(name, 'impl_item');
  const declared = typeNamed(input, name.text)?.node.childForFieldName('type_parameters') ?? null;
  if (impl === null || declared === null || given(name).list !== null) return [];
  const body = impl.childForFieldName('body');
  if (body !== null && name.startIndex > body.startIndex) return [];
  const names = parametersOf(declared).map(nameOf).join(', ');
  const edits = descendants(source.root, 'impl_item').flatMap((one) => {
    const type = one.childForFieldName('type');
    if (type?.type !== 'type_identifier' || type.text !== name.text || one.childForFieldName('type_parameters'))
      return [];
    return [source.insert(one.startIndex + 'impl'.length, declared.text), source.insert(type.endIndex, `<${names}>`)];
  });
  if (edits.length === 0) return [];
  return [{ title: `\`impl${declared.text}\``, edits, features: { agreement: 1, repeats: edits.length, idiom: 1 } }];
}

/** The list with what is missing put where it fits best. */
function filled(input: ProposeInput, source: SourceFile, name: Node): Draft[] {
  const declared = typeNamed(input, name.text)?.node.childForFieldName('type_parameters') ?? null;
  const wanted = declared === null ? STD[name.text] : parametersOf(declared).map(nameOf);
  const { list, args } = given(name);
  if (wanted === undefined || args.length >= wanted.length) return [];
  const scope = inScope(input, name);
  const best = { texts: [] as string[], worth: 0 };
  const walk = (index: number, used: number, texts: string[], worth: number): void => {
    const parameter = wanted[index];
    if (parameter === undefined) {
      if (used === args.length && worth > best.worth) Object.assign(best, { texts, worth });
      return;
    }
    const own = args[used]?.text;
    if (own !== undefined) walk(index + 1, used + 1, [...texts, own], worth + likeness(own, parameter));
    if (wanted.length - index > args.length - used)
      for (const text of scope)
        if (!texts.includes(text) && !args.some((arg) => arg.text === text) && likeness(text, parameter) > 0)
          walk(index + 1, used, [...texts, text], worth + likeness(text, parameter));
  };
  walk(0, 0, [], 0);
  if (best.texts.length !== wanted.length) return [];
  const text = `<${best.texts.join(', ')}>`;
  const edit = list === null ? source.insert(name.endIndex, text) : source.edit(list.startIndex, list.endIndex, text);
  return [{ title: `\`${name.text}${text}\``, edits: [edit], features: { agreement: 1 } }];
}

/** 2 for a parameter's own name, 1 for one that begins alike, 0.1 for what stands there already. */
function likeness(text: string, parameter: string): number {
  const last = text.split('::').at(-1) ?? text;
  if (text === parameter) return 2;
  return last.startsWith(parameter[0] ?? '_') ? 1 : 0.1;
}

/** Type parameters around a place, and the associated types of their bounds. */
function inScope(input: ProposeInput, name: Node): string[] {
  const found: string[] = [];
  for (let at: Node | null = name; at !== null; at = at.parent) {
    for (const parameter of parametersOf(at.childForFieldName('type_parameters'))) {
      const own = nameOf(parameter);
      found.push(own);
      const bounds = parameter.childForFieldName('bounds')?.text ?? '';
      for (const type of associated(input, bounds)) found.push(`${own}::${type}`);
    }
  }
  return found;
}

function associated(input: ProposeInput, bounds: string): string[] {
  const found: string[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    for (const item of source === null ? [] : descendants(source.root, 'trait_item')) {
      const name = item.childForFieldName('name')?.text ?? '';
      if (!new RegExp(`\\b${name}\\b`).test(bounds)) continue;
      for (const type of descendants(item, 'associated_type')) found.push(type.childForFieldName('name')?.text ?? '');
    }
  }
  return found.filter((one) => one !== '');
}

/** `Result<T>` of std: the error that the function makes, else the one of the other functions. */
function errorType(input: ProposeInput, source: SourceFile, name: Node): Draft[] {
  const { list, args } = given(name);
  const fn = functionOf(source, enclosing(name, 'function_item', 'function_signature_item'));
  if (list === null || args.length !== 1) return [];
  const found = new Map<string, number>();
  const add = (type: string | null, worth: number): void => {
    if (type !== null) found.set(type, (found.get(type) ?? 0) + worth);
  };
  for (const call of fn?.body ? descendants(fn.body, 'call_expression') : []) {
    const callee = call.childForFieldName('function')?.text;
    if (callee === 'Err') add(errorOf(callArguments(call)[0] ?? null), 3);
  }
  for (const other of allFunctions(input)) {
    const type = other.returnType;
    const second =
      type?.childForFieldName('type')?.text === 'Result'
        ? type.childForFieldName('type_arguments')?.namedChild(1)
        : null;
    if (second) add(second.text, 1);
  }
  const best = [...found].sort((a, b) => b[1] - a[1]).slice(0, 2);
  const written = args[0]?.text ?? '';
  // The error is there, and a parameter of the function stands nowhere in what it takes: that is what it gives.
  const free = best[0]?.[0] === written ? unusedParameters(fn) : [];
  if (free.length > 0)
    return free.map((one, index) => ({
      title: `The value is \`${one}\``,
      edits: [source.insert(list.startIndex + 1, `${one}, `)],
      features: { agreement: 1, order: index },
    }));
  return best.map(([type], index) => ({
    title: `The error is \`${type}\``,
    edits: [source.insert(list.endIndex - 1, `, ${type}`)],
    features: { agreement: index === 0 ? 1 : 0.5 },
  }));
}

/** Type parameters of a function's own that none of its parameters is written with. */
function unusedParameters(fn: RustFunction | null): string[] {
  const taken = fn?.node.childForFieldName('parameters')?.text ?? '';
  return parametersOf(fn?.node.childForFieldName('type_parameters') ?? null)
    .map(nameOf)
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(taken));
}

function errorOf(value: Node | null): string | null {
  if (value === null) return null;
  const { text, type } = value;
  if (type === 'string_literal') return "&'static str";
  if (/^format!|^String::from\(|\.(?:to_string|to_owned|into)\(\)$/.test(text)) return 'String';
  return /^([A-Z]\w*)(?:::|\s*\{|$)/.exec(text)?.[1] ?? null;
}

/** A parameter of an alias that its type leaves out: the first of them goes first. */
function aliased(source: SourceFile, at: Node): Draft[] {
  const item = enclosing(at, 'type_item');
  const type = item?.childForFieldName('type') ?? null;
  const list = type?.childForFieldName('type_arguments') ?? null;
  const parameters = parametersOf(item?.childForFieldName('type_parameters') ?? null).map(nameOf);
  if (type === null || list === null) return [];
  const args = namedChildren(list).map((arg) => arg.text);
  const index = parameters.indexOf(nameOf(at));
  if (index < 0 || args.includes(at.text)) return [];
  const place = Math.min(index, args.length);
  const text = `<${[...args.slice(0, place), parameters[index] as string, ...args.slice(place)].join(', ')}>`;
  return [
    {
      title: `Pass \`${parameters[index]}\` on`,
      edits: [source.edit(list.startIndex, list.endIndex, text)],
      features: { agreement: 1 },
    },
  ];
}
