// Format strings and macro calls: specifiers of other languages, arguments that are missing or left over, expressions
// in braces, macros without `!`.
//
//     println!("{:.2f}", x);             →     println!("{:.2}", x);
//     println!("{} and {}", a);          →     println!("{} and {}", a, b);
//     println!("{self.name}");           →     println!("{}", self.name);
//
// A missing argument is taken from what is in scope and marked as invented unless the string names it.
import { namesInScope } from '../../tools/index/scope.ts';
import type { SourceFile } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { closerIndex, groupOf, type SyntaxPlace, syntaxPlace } from './support/syntax.ts';
import type { Token } from './support/tokens.ts';

/** The call of a formatting macro that the error lies in. */
interface FormatCall {
  readonly file: SourceFile;
  readonly tokens: readonly Token[];
  /** Index of its opening delimiter. */
  readonly open: number;
  readonly close: number;
  /** Index of the format string. */
  readonly text: number;
}

/** `{…}` in a format string, by index of the file's text. */
interface Hole {
  readonly start: number;
  readonly end: number;
  readonly inside: string;
}

export const syntaxFormats: Proposer = {
  name: 'syntax-formats',
  codes: [null, 'E0425', 'E0277'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    const call = place === null ? null : formatCall(place);
    if (call === null) return [];
    const repairs = new Repairs(call.file);
    const { message, code } = input.diagnostic;
    specifiers(repairs, call, message);
    if (code === null || code === 'E0425') expressions(repairs, call);
    if (/argument/.test(message)) arguments_(repairs, call, input);
    if (/unmatched|expected `\}`|string literal|invalid format/.test(message)) braces(repairs, call);
    if (/string literal|expected `,`|expected expression/.test(message)) literals(repairs, call);
    if (/requires a destination/.test(message)) {
      const target = call.tokens[call.text - 1];
      if (target !== undefined && call.text > call.open + 1) repairs.insert(0.1, 'add `,`', target.end, ',');
    }
    if (code === 'E0277') debug(repairs, call, message);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'decimals as in Python',
      before: rust`
        pub fn price(x: f64) -> String {
            format!("{:.2f} EUR", x)
        }
      `,
      after: rust`
        pub fn price(x: f64) -> String {
            format!("{:.2} EUR", x)
        }
      `,
    },
    {
      title: 'decimals of a named argument',
      before: rust`
        pub fn price(x: f64) -> String {
            format!("{x:.2f} EUR")
        }
      `,
      after: rust`
        pub fn price(x: f64) -> String {
            format!("{x:.2} EUR")
        }
      `,
    },
    {
      title: 'specifiers of printf',
      before: rust`
        pub fn show(name: &str, age: u32) -> String {
            format!("%s is %d", name, age)
        }
      `,
      after: rust`
        pub fn show(name: &str, age: u32) -> String {
            format!("{} is {}", name, age)
        }
      `,
    },
    {
      title: 'a method call in braces',
      before: rust`
        pub fn count(values: &[i32]) -> String {
            format!("{values.len()} values")
        }
      `,
      after: rust`
        pub fn count(values: &[i32]) -> String {
            format!("{} values", values.len())
        }
      `,
    },
    {
      title: 'a sum in braces, beside an argument',
      before: rust`
        pub fn next(name: &str, x: i32) -> String {
            format!("{}: {x + 1}", name)
        }
      `,
      after: rust`
        pub fn next(name: &str, x: i32) -> String {
            format!("{}: {}", name, x + 1)
        }
      `,
    },
    {
      title: 'an argument left over',
      before: rust`
        pub fn pair(a: i32, b: i32) -> String {
            format!("{}", a, b)
        }
      `,
      after: rust`
        pub fn pair(a: i32, b: i32) -> String {
            format!("{} {}", a, b)
        }
      `,
    },
    {
      title: 'an argument missing',
      before: rust`
        pub fn pair(a: i32, b: i32) -> String {
            format!("{} {}", a)
        }
      `,
      after: rust`
        pub fn pair(a: i32, b: i32) -> String {
            format!("{} {}", a, b)
        }
      `,
    },
    {
      title: 'braces to be printed',
      before: rust`
        pub fn json(x: i32) -> String {
            format!("{ \"x\": {} }", x)
        }
      `,
      after: rust`
        pub fn json(x: i32) -> String {
            format!("{{ \"x\": {} }}", x)
        }
      `,
    },
    {
      title: 'a specifier without quotes',
      before: rust`
        pub fn show(x: i32) -> String {
            format!({}, x)
        }
      `,
      after: rust`
        pub fn show(x: i32) -> String {
            format!("{}", x)
        }
      `,
    },
    {
      title: 'a string added to the format string',
      before: rust`
        pub fn show(name: &str) {
            println!("Hello " + name);
        }
      `,
      after: rust`
        pub fn show(name: &str) {
            println!("Hello {}", name);
        }
      `,
    },
    {
      title: 'Display asked of a vector',
      before: rust`
        pub fn show(values: &Vec<i32>) -> String {
            format!("{}", values)
        }
      `,
      after: rust`
        pub fn show(values: &Vec<i32>) -> String {
            format!("{:?}", values)
        }
      `,
    },
  ],
};

const macros = new Set([
  'println',
  'print',
  'eprintln',
  'eprint',
  'format',
  'write',
  'writeln',
  'panic',
  'assert',
  'assert_eq',
  'unreachable',
]);

/** Calls around the error that are looked through for the macro. */
const maxDepth = 4;

function formatCall(place: SyntaxPlace): FormatCall | null {
  const { file, tokens, index } = place;
  // An error inside an expansion is reported at the macro's name.
  const named = tokens[index + 1]?.text === '!' ? index + 2 : index;
  let open = tokens[named]?.text === '(' ? named : groupOf(tokens, index);
  for (let depth = 0; open > 1 && depth < maxDepth; depth++) {
    if (tokens[open - 1]?.text === '!' && macros.has(tokens[open - 2]?.text ?? '')) {
      const close = closerIndex(tokens, open);
      const text = tokens.findIndex((token, at) => at > open && at < close && token.kind === 'string');
      return { file, tokens, open, close, text };
    }
    open = groupOf(tokens, open);
  }
  return null;
}

function holes(call: FormatCall): Hole[] {
  const token = call.tokens[call.text];
  if (token === undefined) return [];
  return [...token.text.matchAll(/\{\{|\}\}|\{([^{}]*)\}/g)]
    .filter((hole) => hole[1] !== undefined)
    .map((hole) => ({
      start: token.start + hole.index,
      end: token.start + hole.index + hole[0].length,
      inside: hole[1] as string,
    }));
}

/** Arguments behind the format string, split at the commas of their own level. */
function given(call: FormatCall): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let depth = 0;
  let first = -1;
  for (let at = call.text + 1; at < call.close; at++) {
    const token = call.tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close') depth--;
    if (token.text === ',' && depth === 0) {
      if (first >= 0)
        found.push({ start: (call.tokens[first] as Token).start, end: (call.tokens[at - 1] as Token).end });
      first = -1;
    } else if (first < 0) first = at;
  }
  const last = call.tokens[call.close - 1];
  if (first >= 0 && last !== undefined) found.push({ start: (call.tokens[first] as Token).start, end: last.end });
  return found;
}

/** `%d`, `{:.2f}`, `{:d}`, `{:?d}`, `{:s}` and their kin, all of the string at once. */
function specifiers(repairs: Repairs, call: FormatCall, message: string): void {
  const token = call.tokens[call.text];
  if (token === undefined) return;
  const percent = [...token.text.matchAll(/%(?:\.(\d+))?[disfuxcvl]{1,2}\b|%(?:\.(\d+))?[disfuxcv]/g)];
  if (percent.length > 0 && /argument|printf/.test(message)) {
    const changes = percent.map((one): Change => {
      const start = token.start + one.index;
      const digits = one[1] ?? one[2];
      return { start, end: start + one[0].length, text: digits === undefined ? '{}' : `{:.${digits}}` };
    });
    repairs.add(0, 'braces for printf specifiers', changes);
  }
  const changes: Change[] = [];
  for (const hole of holes(call)) {
    const colon = hole.inside.indexOf(':');
    if (colon < 0) continue;
    const spec = hole.inside.slice(colon + 1);
    const kept = spec
      .replace(/\?+[a-zA-Z]+$/, '?')
      .replace(/^(.*?)(?:[dsfFguivcn]|lf|ld|lu)$/, '$1')
      .replace(/,/g, '');
    const text = kept === '' ? hole.inside.slice(0, colon) : `${hole.inside.slice(0, colon + 1)}${kept}`;
    if (kept !== spec) changes.push({ start: hole.start + 1, end: hole.end - 1, text });
  }
  if (changes.length > 0) repairs.add(0.1, 'format specifiers of Rust', changes);
}

/** Expressions in braces become arguments. */
function expressions(repairs: Repairs, call: FormatCall): void {
  const all = holes(call);
  const odd = all.filter((hole) => !/^\w*(:.*)?$/.test(hole.inside.trim()) && hole.inside.trim() !== '');
  const token = call.tokens[call.text];
  const end = call.tokens[call.close - 1]?.end;
  if (odd.length === 0 || token === undefined || end === undefined) return;
  const rest = given(call).map((one) => call.file.slice(one));
  const changes: Change[] = [];
  const values: string[] = [];
  for (const hole of all) {
    const colon = /(?<!:):(?!:)[^:]*$/.exec(hole.inside);
    const value = colon === null ? hole.inside : hole.inside.slice(0, colon.index);
    if (odd.includes(hole)) {
      changes.push({ start: hole.start + 1, end: hole.end - 1, text: colon?.[0] ?? '' });
      values.push(value.trim().replaceAll('\\"', '"'));
    } else if (value === '' && rest.length > 0) values.push(rest.shift() as string);
  }
  const text = [...values, ...rest].map((value) => `, ${value}`).join('');
  const from = token.end;
  repairs.add(0.1, 'expressions behind the format string', [...changes, { start: from, end, text }]);
}

/** Too many or too few arguments for the holes. */
function arguments_(repairs: Repairs, call: FormatCall, input: ProposeInput): void {
  const token = call.tokens[call.text];
  const end = call.tokens[call.close - 1]?.end;
  if (token === undefined || end === undefined) return;
  const free = holes(call).filter((hole) => hole.inside === '' || hole.inside.startsWith(':'));
  const rest = given(call);
  const more = rest.length - free.length;
  const last = free.at(-1);
  if (more > 0) {
    const hole = `{${last?.inside ?? ''}}`;
    for (const [rank, blank] of [' ', '', ', '].entries()) {
      const at = last === undefined ? token.end - 1 : last.end;
      const text = `${last === undefined && token.text === '""' ? '' : blank}${hole}`.repeat(more);
      repairs.insert(0.2 + rank * 0.2, `${more} more \`${hole}\``, at, text);
    }
    const dropped = rest.slice(-more);
    const first = dropped[0];
    const before = call.tokens.findLast((one) => one.text === ',' && one.start < (first?.start ?? 0));
    if (first !== undefined && before !== undefined)
      repairs.remove(0.8, 'remove the argument', { start: before.start, end }, ['removes']);
    return;
  }
  if (more === 0) return;
  const used = new Set(rest.map((one) => call.file.slice(one)));
  const scope = namesInScope(call.file, token.start, input).filter(
    (name) => ['local', 'parameter', 'field'].includes(name.kind) && name.name !== 'self' && !used.has(name.path),
  );
  // A name that the string itself holds is meant; others are a guess.
  const said = (name: string): boolean => token.text.toLowerCase().includes(name.toLowerCase());
  const ordered = [...scope].sort((a, b) => Number(said(b.name)) - Number(said(a.name)));
  const comma = call.tokens[call.close - 1]?.text === ',' ? ' ' : ', ';
  for (const [rank, name] of ordered.slice(0, 6).entries()) {
    const flags: CandidateFlag[] = said(name.name) || scope.length === 1 ? [] : ['invents'];
    const names = more === -1 ? [name] : ordered.slice(rank, rank - more);
    if (names.length !== -more) continue;
    const text = names.map((one) => one.path).join(', ');
    repairs.add(0.3 + rank * 0.1, `\`${text}\` as an argument`, { start: end, end, text: comma + text }, flags);
  }
  const surplus = free.slice(rest.length);
  const changes = surplus.map((hole): Change => ({ start: hole.start, end: hole.end, text: '' }));
  repairs.add(1, 'remove the holes without an argument', changes, ['removes']);
}

/** Single braces that are to be printed, doubled: all but the empty holes; or only those that pair with nothing. */
function braces(repairs: Repairs, call: FormatCall): void {
  const token = call.tokens[call.text];
  if (token === undefined) return;
  const body = token.text;
  const plain: number[] = [];
  const unpaired: number[] = [];
  for (let at = 0; at < body.length; at++) {
    const two = body.slice(at, at + 2);
    if (two === '{{' || two === '}}') {
      at++;
      continue;
    }
    if (body[at] === '{') {
      const hole = /^\{(\w*(:[^{}]*)?)\}/.exec(body.slice(at));
      if (hole !== null) {
        at += hole[0].length - 1;
        continue;
      }
      plain.push(at);
    }
    if (body[at] === '}') plain.push(at);
  }
  let open = 0;
  for (const at of plain) {
    if (body[at] === '{') open++;
    else if (open > 0) open--;
    else unpaired.push(at);
  }
  const doubled = (places: readonly number[]): Change[] =>
    places.map((at) => ({ start: token.start + at, end: token.start + at, text: body[at] as string }));
  if (plain.length > 0) repairs.add(0.2, 'double the braces', doubled(plain));
  if (unpaired.length > 0) {
    repairs.add(0.3, 'double the brace', doubled(unpaired));
    repairs.add(
      0.4,
      'remove the brace',
      unpaired.map((at) => ({ start: token.start + at, end: token.start + at + 1, text: '' })),
    );
    for (const at of unpaired) repairs.insert(0.5, 'open the brace', token.start + at, '{');
  }
  for (const at of plain) {
    if (body[at] !== '{') continue;
    const name = /^\{\w*(:[\w.?#]*)?/.exec(body.slice(at))?.[0] ?? '{';
    repairs.insert(0.3, 'close the brace', token.start + at + name.length, '}');
  }
}

/** A format string that is no string: quotes around the braces, `+` as an argument, or `"{}"` in front. */
function literals(repairs: Repairs, call: FormatCall): void {
  const { file, tokens, open, close } = call;
  const first = tokens[open + 1];
  const end = tokens[close - 1]?.end;
  if (first === undefined || end === undefined) return;
  if (first.text === '{') {
    const stop = tokens[closerIndex(tokens, open + 1)];
    if (stop !== undefined) {
      repairs.add(0.1, 'quotes around the braces', {
        start: first.start,
        end: stop.end,
        text: `"${file.text.slice(first.start, stop.end)}"`,
      });
    }
  }
  const text = tokens[call.text];
  const plus = tokens[call.text + 1];
  if (text !== undefined && plus?.text === '+' && text.text.startsWith('"')) {
    const value = file.text.slice(plus.end, end).trim();
    repairs.add(0.1, '`{}` for the sum', [
      { start: text.end - 1, end: text.end - 1, text: '{}' },
      { start: text.end, end, text: `, ${value.replace(/^&/, '')}` },
    ]);
  }
}

/** `{}` of something without Display, as `{:?}`: the hole of the argument that the error names, and all of them. */
function debug(repairs: Repairs, call: FormatCall, message: string): void {
  if (!/Display/.test(message)) return;
  const free = holes(call).filter((hole) => hole.inside === '' || /^\w+$/.test(hole.inside));
  const changed = free.map((hole): Change => ({ start: hole.start, end: hole.end, text: `{${hole.inside}:?}` }));
  for (const change of changed) repairs.add(0.3, '`{:?}`', change);
  if (changed.length > 1) repairs.add(0.5, '`{:?}` everywhere', changed);
}
