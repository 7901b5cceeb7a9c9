// Rules that wrap a value (`Some`, `Ok`, `Box::new`, …), unwrap one (`?`, the call around it dropped), or go from one
// container or iterator to another.
import type { Rule, Site } from './conversions.ts';
import { methodCall, operand, receiver, referenced, wrappingCall } from './expressions.ts';
import { strip } from './references.ts';
import { isCopy, isInteger, isPath, isText, isUnit, matches, type RustType } from './rust-type.ts';

/** Constructors by the type they build around their one argument. */
const CONSTRUCTORS: ReadonlyMap<string, { readonly call: string; readonly argument: number }> = new Map([
  ['Option', { call: 'Some', argument: 0 }],
  ['Box', { call: 'Box::new', argument: 0 }],
  ['Rc', { call: 'Rc::new', argument: 0 }],
  ['Arc', { call: 'Arc::new', argument: 0 }],
  ['RefCell', { call: 'RefCell::new', argument: 0 }],
  ['Cell', { call: 'Cell::new', argument: 0 }],
  ['Mutex', { call: 'Mutex::new', argument: 0 }],
  ['RwLock', { call: 'RwLock::new', argument: 0 }],
  ['Reverse', { call: 'Reverse', argument: 0 }],
  ['Wrapping', { call: 'Wrapping', argument: 0 }],
]);
const CALLS: ReadonlyMap<string, string> = new Map([
  ...[...CONSTRUCTORS].map(([type, { call }]) => [call, type] as const),
  ['Ok', 'Result'],
  ['Err', 'Result'],
]);
const ADAPTERS: readonly string[] = [
  'Map',
  'Filter',
  'FilterMap',
  'Rev',
  'Take',
  'Skip',
  'Chars',
  'Zip',
  'Enumerate',
  'Chain',
  'FlatMap',
  'Flatten',
  'Cloned',
  'Copied',
  'TakeWhile',
  'SkipWhile',
  'StepBy',
  'MapWhile',
  'Scan',
  'Inspect',
  'Peekable',
  'IntoIter',
  'Split',
  'SplitWhitespace',
  'Lines',
  'Bytes',
  'CharIndices',
  'Range',
  'RangeInclusive',
  'Keys',
  'Values',
  'Iter',
  'Drain',
  'SplitAsciiWhitespace',
  'Successors',
  'Repeat',
  'Dedup',
  'IntoKeys',
  'IntoValues',
  'Windows',
  'Chunks',
];
const COLLECTIONS: readonly string[] = [
  'Vec',
  'String',
  'HashMap',
  'HashSet',
  'BTreeMap',
  'BTreeSet',
  'VecDeque',
  'BinaryHeap',
  'LinkedList',
];

export const containerRules: readonly Rule[] = [
  {
    title: 'Remove the wrapper',
    write: ({ node, from, to }) => {
      const call = wrappingCall(node);
      const type = call === null ? undefined : CALLS.get(call.callee);
      if (call === null || type === undefined || !isPath(from, type)) return null;
      const value = call.callee === 'Err' ? from.args[1] : from.args[0];
      return value && matches(value, to) ? { text: call.inner.text, agreement: 1 } : null;
    },
  },
  {
    title: 'Wrap',
    write: (site) => {
      const text = wrap(site, site.to);
      if (text === null) return null;
      return { text, agreement: text === 'None' ? 0.8 : 1 };
    },
  },
  {
    title: 'Wrap the error',
    write: ({ text, from, to, inner }) => {
      if (!isPath(to, 'Result') || !to.args[1] || isPath(from, 'Result')) return null;
      const same = to.args[0] !== undefined && matches(to.args[0], from);
      const error = same ? null : inner(text, from, to.args[1]);
      return error === null ? null : { text: `Err(${error})`, agreement: 0.6 };
    },
  },
  {
    title: 'Unwrap with `?`',
    write: ({ text, from, to, returns, inner }) => {
      const kind = isPath(from, 'Option') ? 'Option' : isPath(from, 'Result') ? 'Result' : null;
      if (kind === null || from.kind !== 'path' || isPath(to, kind)) return null;
      const dropped = kind === 'Result' && isPath(returns, 'Option') ? '.ok()' : null;
      if (dropped === null && !isPath(returns, kind)) return null;
      const [value, error] = from.args;
      // No error becomes text by itself.
      const asText =
        isPath(returns, 'Result') && isPath(returns.args[1], 'String') && error && !isPath(error, 'String');
      const left = dropped ?? (asText ? '.map_err(|e| e.to_string())' : '');
      const out = value && inner(`${receiver(text)}${left}?`, value, to);
      return out ? { text: out, agreement: dropped === null ? 1 : 0.8 } : null;
    },
  },
  {
    title: 'Unwrap with `?` behind the reference',
    write: ({ node, from, to, returns, copies }) => {
      const value = referenced(node);
      if (value === null || from.kind !== 'ref' || to.kind !== 'ref' || from.of.kind !== 'path') return null;
      const kind = isPath(from.of, 'Option') ? 'Option' : isPath(from.of, 'Result') ? 'Result' : null;
      const inner = from.of.args[0];
      if (kind === null || inner === undefined || !isPath(returns, kind) || !matches(inner, to.of)) return null;
      return {
        text: copies(inner) ? `&${receiver(value.text)}?` : `${receiver(value.text)}.as_ref()?`,
        agreement: 1,
      };
    },
  },
  {
    title: 'Pass the error on and wrap again',
    write: ({ text, from, to, returns }) => {
      if (!isPath(from, 'Result') || !isPath(to, 'Result') || !isPath(returns, 'Result')) return null;
      const [a, b] = [from.args[0], to.args[0]];
      return a && b && matches(a, b) ? { text: `Ok(${receiver(text)}?)`, agreement: 0.7 } : null;
    },
  },
  {
    title: 'The error as text',
    write: ({ text, from, to }) =>
      isPath(from, 'Result') &&
      isPath(to, 'Result') &&
      from.args[0] &&
      to.args[0] &&
      matches(from.args[0], to.args[0]) &&
      isPath(to.args[1], 'String')
        ? { text: `${receiver(text)}.map_err(|e| e.to_string())`, agreement: 0.8 }
        : null,
  },
  {
    title: 'Index instead of `get`',
    write: ({ node, from, to }) => {
      const call = methodCall(node);
      if (!isPath(from, 'Option') || from.args[0] === undefined || call === null || call.args.length !== 1) return null;
      if (call.name.text !== 'get' && call.name.text !== 'get_mut') return null;
      const value = from.args[0];
      const indexed = `${call.receiver.text}[${(call.args[0] as { text: string }).text}]`;
      if (value.kind === 'ref' && matches(value, to))
        return { text: `&${value.mutable ? 'mut ' : ''}${indexed}`, agreement: 0.5 };
      return value.kind === 'ref' && matches(value.of, to)
        ? { text: isCopy(to) ? indexed : `${indexed}.clone()`, agreement: 0.5 }
        : null;
    },
  },
  {
    title: 'Is there a value?',
    write: ({ text, from, to }) => {
      if (!isPath(to, 'bool')) return null;
      if (isPath(strip(from), 'Option')) return { text: `${receiver(text)}.is_some()`, agreement: 0.7 };
      return isPath(strip(from), 'Result') ? { text: `${receiver(text)}.is_ok()`, agreement: 0.7 } : null;
    },
  },
  {
    title: 'Convert what the option or result holds',
    write: ({ text, from, to, inner }) => {
      const kind = isPath(from, 'Option') ? 'Option' : isPath(from, 'Result') ? 'Result' : null;
      if (kind === null || from.kind !== 'path' || !isPath(to, kind)) return null;
      const [a, b] = [from.args[0], to.args[0]];
      if (!a || !b || isUnit(a) || matches(a, b)) return null;
      const value = inner('x', a, b);
      return value === null || value.endsWith('?')
        ? null
        : { text: `${receiver(text)}.map(|x| ${value})`, agreement: 0.7 };
    },
  },
  {
    title: 'Drop the error',
    write: ({ text, from, to }) =>
      isPath(from, 'Result') && isPath(to, 'Option') && from.args[0] && to.args[0] && matches(from.args[0], to.args[0])
        ? { text: `${receiver(text)}.ok()`, agreement: 0.9 }
        : null,
  },
  {
    title: 'Flatten',
    write: ({ text, from, to }) =>
      isPath(from, 'Option') && isPath(from.args[0], 'Option') && matches(from.args[0], to)
        ? { text: `${receiver(text)}.flatten()`, agreement: 0.9 }
        : null,
  },
  {
    title: 'Collect',
    write: ({ text, from, to }) => {
      const bare = strip(from);
      return bare.kind === 'path' && ADAPTERS.includes(bare.name) && isPath(to, ...COLLECTIONS)
        ? { text: `${receiver(text)}.collect()`, agreement: 1 }
        : null;
    },
  },
  {
    title: 'Convert each item',
    write: ({ text, from, to, inner }) => {
      const bare = strip(from);
      const items = isPath(bare, 'Vec')
        ? bare.args[0]
        : bare.kind === 'slice' || bare.kind === 'array'
          ? bare.of
          : undefined;
      const wanted = isPath(to, 'Vec') ? to.args[0] : undefined;
      if (items === undefined || wanted === undefined) return null;
      if (matches(items, wanted)) return null;
      if (items.kind === 'ref' && matches(items.of, wanted))
        return { text: `${receiver(text)}.iter().cloned().cloned().collect()`, agreement: 0.5 };
      const value = inner('x', { kind: 'ref', mutable: false, lifetime: null, of: items }, wanted);
      return value === null ? null : { text: `${receiver(text)}.iter().map(|x| ${value}).collect()`, agreement: 0.7 };
    },
  },
  {
    title: 'A set or queue from the items',
    write: ({ text, from, to }) =>
      isPath(from, ...COLLECTIONS) &&
      isPath(to, ...COLLECTIONS) &&
      from.name !== to.name &&
      !isText(from) &&
      !isText(to) &&
      from.args[0] &&
      to.args[0] &&
      matches(from.args[0], to.args[0])
        ? { text: `${receiver(text)}.into_iter().collect()`, agreement: 0.8 }
        : null,
  },
  {
    title: 'Its length',
    write: ({ text, node, from, to }) =>
      isPath(to, 'usize') &&
      node?.type !== 'string_literal' &&
      (isPath(strip(from), ...COLLECTIONS) || isText(from) || strip(from).kind === 'slice')
        ? { text: `${receiver(referenced(node)?.text ?? text)}.len()`, agreement: 0.5 }
        : null,
  },
  {
    title: 'A range up to the number',
    write: ({ text, from, to }) =>
      isInteger(from) && isPath(to, 'Range') ? { text: `0..${operand(text)}`, agreement: 0.6 } : null,
  },
  {
    title: 'Unwrap',
    write: ({ text, from, to, inner }) => {
      if (!isPath(from, 'Option', 'Result') || !from.args[0] || isPath(to, 'Option', 'Result')) return null;
      const value = inner(`${receiver(text)}.unwrap()`, from.args[0], to);
      return value === null ? null : { text: value, agreement: 0.5, flags: ['invents'] };
    },
  },
];

/** The value in as many constructors as `to` asks for; null when `to` is no wrapper of it. */
function wrap(site: Site, to: RustType): string | null {
  if (to.kind !== 'path') return null;
  const builder = to.name === 'Result' ? { call: 'Ok', argument: 0 } : CONSTRUCTORS.get(to.name);
  const held = to.args[builder?.argument ?? 0];
  if (builder === undefined || held === undefined) return isPath(to, 'Vec') ? inVector(site, to) : null;
  if (isPath(site.from, to.name)) return null;
  if (isUnit(site.from) && to.name === 'Option') return null;
  const inner =
    matches(site.from, held) || (held.kind === 'other' && held.text.startsWith('dyn '))
      ? site.text
      : (wrap(site, held) ?? site.inner(site.text, site.from, held));
  return inner === null ? null : `${builder.call}(${inner})`;
}

function inVector(site: Site, to: RustType & { kind: 'path' }): string | null {
  const held = to.args[0];
  if (held === undefined || held.kind === 'infer' || !matches(site.from, held)) return null;
  return `vec![${site.text}]`;
}
