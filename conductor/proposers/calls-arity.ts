// E0061, E0057, E0308: a call with too many or swapped arguments. Superfluous ones go, at every call of the same function at
// once; swapped ones change places; a parameter that nothing uses goes where no call gives it. What is missing is
// calls-missing's.
//
// repeat(3, "-");          before, for fn repeat(text: &str, times: usize)
// repeat("-", 3);          after
import type { Edit } from '../../schemas/types.ts';
import type { Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callsOf, type RustFunction } from './support/functions.ts';
import { bindings, localAt, usesOf } from './support/locals.ts';
import { expectation } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { derefs, matches, type RustType } from './support/rust-type.ts';
import { type WrongCall, wrongCall } from './support/wrong-call.ts';

export const callsArity: Proposer = {
  name: 'calls-arity',
  codes: ['E0061', 'E0057', 'E0308'],
  propose(input) {
    const call = wrongCall(input);
    if (call === null) return [];
    return sound([
      ...formatted(input, call),
      ...swapped(input, call),
      ...superfluous(input, call),
      ...unusedParameter(input, call),
    ]);
  },
  examples: [
    {
      title: 'text that is to be formatted',
      before: rust`
        pub fn check(day: u32) -> Result<u32, String> {
            if day > 31 {
                return Err("no day {}", day);
            }
            Ok(day)
        }
      `,
      after: rust`
        pub fn check(day: u32) -> Result<u32, String> {
            if day > 31 {
                return Err(format!("no day {}", day));
            }
            Ok(day)
        }
      `,
      within: 1,
    },
    {
      title: 'an argument too many',
      before: rust`
        fn double(n: i32) -> i32 {
            n * 2
        }

        pub fn four(n: i32) -> i32 {
            double(n, 2)
        }
      `,
      after: rust`
        fn double(n: i32) -> i32 {
            n * 2
        }

        pub fn four(n: i32) -> i32 {
            double(n)
        }
      `,
      within: 1,
    },
    {
      title: 'swapped arguments',
      before: rust`
        fn repeat(text: &str, times: usize) -> String {
            text.repeat(times)
        }

        pub fn line() -> String {
            repeat(3, "-")
        }
      `,
      after: rust`
        fn repeat(text: &str, times: usize) -> String {
            text.repeat(times)
        }

        pub fn line() -> String {
            repeat("-", 3)
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter that nothing uses',
      before: rust`
        fn area(width: u32, height: u32, unit: &str) -> u32 {
            width * height
        }

        pub fn total() -> u32 {
            area(2, 3) + area(4, 5)
        }
      `,
      after: rust`
        fn area(width: u32, height: u32) -> u32 {
            width * height
        }

        pub fn total() -> u32 {
            area(2, 3) + area(4, 5)
        }
      `,
    },
    {
      title: 'arguments too many, at every call',
      before: rust`
        pub struct Reader {
            at: usize,
        }

        impl Reader {
            fn next(&mut self) -> usize {
                self.at += 1;
                self.at
            }

            pub fn pair(&mut self) -> usize {
                self.next(0) + self.next(self.at)
            }
        }
      `,
      after: rust`
        pub struct Reader {
            at: usize,
        }

        impl Reader {
            fn next(&mut self) -> usize {
                self.at += 1;
                self.at
            }

            pub fn pair(&mut self) -> usize {
                self.next() + self.next()
            }
        }
      `,
      within: 1,
    },
  ],
};

/** `Err("back on day {}", due)`: text with places for exactly the arguments behind it is to be formatted. */
function formatted(input: ProposeInput, { source, args, node }: WrongCall): Draft[] {
  const at = args.findIndex((arg) => arg.type === 'string_literal' && /\{[^{}]*\}/.test(arg.text));
  const literal = args[at];
  const rest = args.slice(at + 1);
  const last = rest.at(-1);
  if (literal === undefined || last === undefined || input.diagnostic.code === 'E0308') return [];
  const open = literal.text.match(/(?<!\{)\{(?::[^{}]*)?\}(?!\})/g)?.length ?? 0;
  if (open !== rest.length) return [];
  const text = source.text.slice(literal.startIndex, last.endIndex);
  const wraps = /^(?:Ok|Err|Some)$/.test(node.childForFieldName('function')?.text ?? '');
  return ['', '&'].map((borrow) => ({
    title: `Format \`${literal.text}\``,
    edits: [source.edit(literal.startIndex, last.endIndex, `${borrow}format!(${text})`)],
    features: { agreement: (borrow === '') === wraps ? 1 : 0.6, idiom: 1 },
  }));
}

/** Two arguments that each have the other's type. */
function swapped(input: ProposeInput, { source, args }: WrongCall): Draft[] {
  const wrong = input.diagnostic.spans.flatMap((span) => {
    const types = expectation(span.label);
    const range = source.range(span);
    const node = args.find((arg) => arg.startIndex === range.start && arg.endIndex === range.end);
    return types === null || node === undefined || span.file !== source.path ? [] : [{ ...types, node }];
  });
  const drafts: Draft[] = [];
  for (const [i, a] of wrong.entries()) {
    for (const b of wrong.slice(i + 1)) {
      if (!fits(a.found, b.expected) || !fits(b.found, a.expected)) continue;
      drafts.push({
        title: `Swap \`${a.node.text}\` and \`${b.node.text}\``,
        edits: [
          source.edit(a.node.startIndex, a.node.endIndex, b.node.text),
          source.edit(b.node.startIndex, b.node.endIndex, a.node.text),
        ],
        features: { agreement: 1 },
      });
    }
  }
  return drafts;
}

function fits(found: RustType, expected: RustType): boolean {
  return matches(found, expected) || (found.kind === 'ref' && expected.kind === 'ref' && derefs(found.of, expected.of));
}

/** "unexpected argument #3": that one, with its comma; where other calls of the function have too many, theirs too. */
function superfluous(input: ProposeInput, call: WrongCall): Draft[] {
  const own = withoutExtra(input, call);
  if (own === null) return [];
  const draft: Draft = {
    title: `Leave out \`${own.gone.map((arg) => arg.text).join(', ')}\``,
    edits: [own.edit],
    // A binding that nothing else reads was not brought here to be left out.
    flags: own.gone.some((arg) => onlyUse(call, arg)) ? ['unlikely'] : [],
    features: {
      agreement: own.gone.every((arg) => call.args.some((one) => one !== arg && one.text === arg.text)) ? 0.9 : 0.5,
    },
  };
  const others = input.errors.flatMap((error) => {
    const other = error.code === input.diagnostic.code && error !== input.diagnostic ? wrongCall(input, error) : null;
    if (other === null || other.name !== call.name) return [];
    const same = withoutExtra(input, other, error);
    return same === null || same.edit.start === own.edit.start ? [] : [same.edit];
  });
  if (others.length === 0) return [draft];
  const repeats = others.length + 1;
  return [
    { title: `${draft.title}, ${repeats} times`, edits: [own.edit, ...others], features: { agreement: 0.9, repeats } },
    draft,
  ];
}

function onlyUse({ source }: WrongCall, arg: Node): boolean {
  const local = localAt(source, arg);
  return local?.plain === true && usesOf(source, local).length === 1;
}

function withoutExtra(
  input: ProposeInput,
  { source, node, args }: WrongCall,
  diagnostic = input.diagnostic,
): { readonly edit: Edit; readonly gone: readonly Node[] } | null {
  const extra = diagnostic.spans
    .filter((span) => span.label?.startsWith('unexpected argument'))
    .map((span) => source.range(span));
  const gone = args.filter((arg) =>
    extra.some((range) => range.start === arg.startIndex && range.end === arg.endIndex),
  );
  if (gone.length === 0) return null;
  const kept = args.filter((arg) => !gone.includes(arg));
  const list = node.childForFieldName('arguments') as Node;
  return { edit: source.edit(list.startIndex, list.endIndex, `(${kept.map((arg) => arg.text).join(', ')})`), gone };
}

/** The function does not need the parameter that no call gives. */
function unusedParameter(input: ProposeInput, { args, fn, shift }: WrongCall): Draft[] {
  if (
    fn === null ||
    fn.body === null ||
    input.diagnostic.code !== 'E0061' ||
    args.length - shift !== fn.parameters.length - 1
  )
    return [];
  if (callsOf(input, fn).length > 0) return [];
  const unused = fn.parameters.filter((parameter) => {
    const name = parameter.pattern.descendantsOfType('identifier')[0] ?? parameter.pattern;
    const local = bindings(fn.source, fn.node).find((one) => one.node.equals(name));
    return local !== undefined && usesOf(fn.source, local).length === 0;
  });
  const only = unused.length === 1 ? (unused[0] as RustFunction['parameters'][number]) : null;
  if (only === null) return [];
  const previous = fn.parameters[only.index - 1]?.node ?? fn.self;
  const next = fn.parameters[only.index + 1]?.node;
  const start = previous !== null && previous !== undefined ? previous.endIndex : only.node.startIndex;
  const end =
    previous !== null && previous !== undefined ? only.node.endIndex : (next?.startIndex ?? only.node.endIndex);
  return [
    {
      title: `\`${fn.name}\` does without \`${only.pattern.text}\``,
      edits: [fn.source.edit(start, end, '')],
      features: { agreement: 0.5 },
    },
  ];
}
