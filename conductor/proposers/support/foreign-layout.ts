// What other languages do with lines: comments, blocks by indentation, quotes, and the separators in the bodies of structs,
// enums and matches. Each pass takes a text and gives the text that Rust would want; Rust comes back as it was.
import type { Change } from './repairs.ts';
import { spliced } from './repairs.ts';
import { pairOf } from './rewrites.ts';
import { lex, type Token } from './tokens.ts';

export interface Pass {
  readonly title: string;
  readonly change: (text: string) => string;
}

const code = (text: string): Token[] => lex(text).filter((token) => token.kind !== 'comment' && token.kind !== 'doc');

const wide: Readonly<Record<string, string>> = {
  '；': ';',
  '，': ',',
  '：': ':',
  '（': '(',
  '）': ')',
  '［': '[',
  '］': ']',
  '｛': '{',
  '｝': '}',
  '！': '!',
  '？': '?',
  '＝': '=',
  '＜': '<',
  '＞': '>',
  '＋': '+',
  '－': '-',
  '＊': '*',
  '／': '/',
  '．': '.',
  '＆': '&',
  '｜': '|',
  '、': ',',
  '。': '.',
  '…': '..',
  '–': '-',
  '−': '-',
  '×': '*',
  '÷': '/',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '→': '->',
  '⇒': '=>',
  '\u00a0': ' ',
  '\u200b': '',
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‘': "'",
  '’': "'",
};

/** Punctuation of other keyboards outside strings and comments. */
function plainPunctuation(text: string): string {
  if (!/[^\0-\u007f]/.test(text)) return text;
  let out = '';
  let at = 0;
  for (const token of lex(text)) {
    out += text.slice(at, token.start).replaceAll('\u00a0', ' ').replaceAll('\u200b', '');
    out += token.kind === 'unknown' && token.text.length === 1 ? (wide[token.text] ?? token.text) : token.text;
    at = token.end;
  }
  return out + text.slice(at);
}

/** `# a comment`, `-- a comment`, `"""a docstring"""`. */
function comments(text: string): string {
  const changes: Change[] = [];
  const tokens = code(text);
  const quoting = /\bquote|macro_rules/.test(text);
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token.text === '#' && next?.text !== '[' && next?.text !== '!' && tokens[at - 1]?.text !== '$') {
      const word = text[token.end] ?? '';
      if ((token.leads && /[#\w]/.test(word) && !quoting) || /\s/.test(word)) {
        if (/^#(include|define|derive|test|cfg|allow)/.test(text.slice(token.start, token.start + 9))) continue;
        changes.push({ start: token.start, end: token.end, text: '//' });
      }
    }
    if (token.text === '-' && token.leads && next?.text === '-' && next.start === token.end && text[next.end] === ' ')
      changes.push({ start: token.start, end: next.end, text: '//' });
  }
  // Inside a comment there are no tokens of Rust: the first mark of a line counts.
  const byLine = new Map(changes.reverse().map((change) => [text.lastIndexOf('\n', change.start), change]));
  const ordered = [...byLine.values()].sort((a, b) => a.start - b.start);
  return spliced(text, ordered).replace(/^([ \t]*)"""(.*?)"""[ \t]*$/gm, '$1// $2');
}

const headers =
  /^(?:pub\s+)?(if|elif|else|for|while|def|fn|class|match|loop|struct|impl|func)\b(.*):(?:\s+(?:\/\/|#).*)?\s*$/;

/** Blocks that a colon begins and the indentation ends. */
function indentedBlocks(text: string): string {
  const lines = text.split('\n');
  if (!lines.some((line) => isHeader(line))) return text;
  const out: string[] = [];
  const open: number[] = [];
  const width = (line: string): number => (/^[ \t]*/.exec(line)?.[0] ?? '').replaceAll('\t', '    ').length;
  const filled = (from: number): number => {
    let at = from;
    while (at < lines.length && (lines[at] as string).trim() === '') at++;
    return at;
  };
  const close = (line: string | null, at: number): string => {
    let own = line;
    while (open.length > 0 && (own === null || width(own) <= (open.at(-1) as number))) {
      const column = open.pop() as number;
      const rest = own?.trim() ?? '';
      const same = own !== null && width(own) === column;
      if (same && /^\}/.test(rest)) continue;
      // Blank lines that came before belong behind the brace.
      let index = out.length;
      while (index > 0 && (out[index - 1] as string).trim() === '') index--;
      if (same && /^(else|elif)\b/.test(rest)) own = `${' '.repeat(column)}} ${rest}`;
      else out.splice(index, 0, `${' '.repeat(column)}}`);
    }
    return own ?? lines[at] ?? '';
  };
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') {
      out.push(line);
      continue;
    }
    const now = close(line, at);
    const body = filled(at + 1);
    if (isHeader(line) && body < lines.length && width(lines[body] as string) > width(line)) {
      out.push(now.replace(/\s*:\s*(\/\/.*|#.*)?$/, (_, note) => ` {${note === undefined ? '' : ` ${note}`}`));
      open.push(width(line));
    } else out.push(now);
  }
  const end = out.length > 0 && out.at(-1) === '' ? (out.pop() as string) : null;
  close(null, lines.length);
  if (end !== null) out.push(end);
  return out.join('\n');
}

function isHeader(line: string): boolean {
  const found = headers.exec(line.trim().replace(/^\}\s*/, ''));
  return found !== null && !/[{"]\s*$|::\s*$/.test(found[2] as string);
}

/** `'several letters'` as a string; a backtick string too. */
function quotes(text: string): string {
  if (!text.includes("'") && !code(text).some((token) => token.text === '`')) return text;
  return text
    .split('\n')
    .map((line) => {
      const tokens = lex(line);
      const hidden = (at: number): boolean =>
        tokens.some((token) => ['string', 'comment', 'doc'].includes(token.kind) && token.start < at && at < token.end);
      return line
        .replace(/(?<![\w'&<])'([^'"\\\n]{2,})'(?!\w)/g, (all, word: string, at: number) =>
          hidden(at) ||
          tokens.some((token) => token.kind === 'char' && token.start <= at && at < token.end) ||
          /^(static|\w) /.test(word) ||
          /^\w+(>|,|\s*:)/.test(word)
            ? all
            : `"${word}"`,
        )
        .replace(/`([^`"\n]*)`/g, (all, word: string, at: number) =>
          hidden(at) ? all : `"${word.replace(/\$\{(\w+)\}/g, '{$1}')}"`,
        );
    })
    .join('\n');
}

/** Groups in braces behind a keyword and a name, with the index of their opener. */
function bodies(tokens: readonly Token[], ...words: readonly string[]): [number, number][] {
  const found: [number, number][] = [];
  for (const [at, token] of tokens.entries()) {
    if (!words.includes(token.text) || token.kind !== 'keyword') continue;
    let open = at + 1;
    const stops =
      token.text === 'match' ? ['{', ';', '}', '=>'] : ['{', ';', '}', '=>', '(', '=', ')', 'fn', 'impl', '$'];
    while (open < tokens.length && open < at + 40 && !stops.includes(tokens[open]?.text ?? ';')) {
      if (tokens[open]?.kind === 'open') open = Math.max(open, pairOf(tokens, open));
      open++;
    }
    const close = tokens[open]?.text === '{' ? pairOf(tokens, open) : -1;
    if (close > open) found.push([open, close]);
  }
  return found;
}

/** Indices of the commas and semicolons on the level of a group, and of line ends where one is missing. */
function fields(text: string): string {
  const tokens = code(text);
  const changes: Change[] = [];
  for (const [open, close] of bodies(tokens, 'struct', 'enum')) {
    let depth = 0;
    for (let at = open + 1; at < close; at++) {
      const token = tokens[at] as Token;
      const next = tokens[at + 1] as Token;
      if (token.text === '#' && next.text === '[') {
        at = pairOf(tokens, at + 1);
        continue;
      }
      if (token.kind === 'open' || token.text === '<') depth++;
      if (token.kind === 'close' || token.text === '>') depth--;
      if (depth !== 0) continue;
      if (token.text === ';') changes.push({ start: token.start, end: token.end, text: ',' });
      const ends = token.kind === 'ident' || token.text === '>' || token.kind === 'close';
      const starts = next.leads && (next.kind === 'ident' || next.text === 'pub' || next.text === '#');
      if (ends && starts && at > open + 1) changes.push({ start: token.end, end: token.end, text: ',' });
    }
    changes.push(...typedFields(text, tokens, open, close));
  }
  return spliced(text, ordered(changes));
}

const typeWord = /^([iu](8|16|32|64|128|size)|f32|f64|bool|char|String)$/;
const loose: Readonly<Record<string, string>> = {
  int: 'i32',
  double: 'f64',
  float: 'f64',
  string: 'String',
  boolean: 'bool',
  long: 'i64',
};

/** `i32 x` and `x i32` as `x: i32`, in a struct's body or a parameter list. */
function typedFields(text: string, tokens: readonly Token[], open: number, close: number): Change[] {
  const changes: Change[] = [];
  let from = open + 1;
  for (let at = open + 1; at <= close; at++) {
    const token = tokens[at] as Token;
    if (at !== close && token.text !== ',' && token.text !== ';' && !(token.leads && at > from && text[open] === '{'))
      continue;
    const own = tokens.slice(from, at).filter((one) => one.text !== 'pub');
    from = token.text === ',' || token.text === ';' ? at + 1 : at;
    const [one, two] = own;
    if (own.length !== 2 || one?.kind !== 'ident' || two?.kind !== 'ident') continue;
    const type = (word: string): string | null => (typeWord.test(word) ? word : (loose[word] ?? null));
    const [first, second] = [type(one.text), type(two.text)];
    if (first !== null && second === null)
      changes.push({ start: one.start, end: two.end, text: `${two.text}: ${first}` });
    else if (second !== null && first === null)
      changes.push({ start: one.start, end: two.end, text: `${one.text}: ${second}` });
  }
  return changes;
}

function parameters(text: string): string {
  const tokens = code(text);
  const changes: Change[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.text !== 'fn' || tokens[at + 2]?.text !== '(') continue;
    const close = pairOf(tokens, at + 2);
    if (close > 0) changes.push(...typedFields(text, tokens, at + 2, close));
  }
  return spliced(text, ordered(changes));
}

/** Arms with `:`, `->` or `=` for `=>`, with `case` in front, or with `;` behind. */
function arms(text: string): string {
  const tokens = code(text);
  const changes: Change[] = [];
  for (const [open, close] of bodies(tokens, 'match')) {
    let at = open + 1;
    while (at < close) {
      const lead = tokens[at] as Token;
      if (lead.text === 'default' && tokens[at + 1]?.text === ':')
        changes.push({ start: lead.start, end: lead.end, text: '_' });
      if (lead.text === 'case') changes.push({ start: lead.start, end: (tokens[at + 1] as Token).start, text: '' });
      const arrow = levelOf(tokens, at, close, ['=>', '->', ':', '=']);
      if (arrow < 0) break;
      const token = tokens[arrow] as Token;
      const touching = tokens[arrow - 1]?.end === token.start;
      if (token.text !== '=>') changes.push({ start: token.start, end: token.end, text: touching ? ' =>' : '=>' });
      if (tokens[arrow + 1]?.text === '{') {
        at = pairOf(tokens, arrow + 1) + 1;
        if (at === 0) break;
        if (tokens[at]?.text === ',') at++;
        continue;
      }
      const end = levelOf(tokens, arrow + 1, close, [',', ';', '=>']);
      if (end < 0 || tokens[end]?.text === '=>') break;
      if (tokens[end]?.text === ';')
        changes.push({ start: (tokens[end] as Token).start, end: (tokens[end] as Token).end, text: ',' });
      at = end + 1;
    }
  }
  return spliced(text, ordered(changes));
}

/** The first of some tokens from `at` on, on the level of the group that ends at `close`; -1 when there is none. */
function levelOf(tokens: readonly Token[], at: number, close: number, texts: readonly string[]): number {
  for (let index = at; index < close; index++) {
    const token = tokens[index] as Token;
    if (token.kind === 'open') {
      const pair = pairOf(tokens, index);
      if (pair < 0) return -1;
      index = pair;
    } else if (texts.includes(token.text)) return index;
  }
  return -1;
}

/** Arms of `macro_rules!` without their `=>`, or without the `;` between two of them. */
function macroArms(text: string): string {
  if (!text.includes('macro_rules')) return text;
  const tokens = code(text);
  const changes: Change[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.text !== 'macro_rules' || tokens[at + 3]?.kind !== 'open') continue;
    const close = pairOf(tokens, at + 3);
    let arm = at + 4;
    while (arm < close && tokens[arm]?.kind === 'open') {
      const end = pairOf(tokens, arm);
      const arrow = tokens[end + 1];
      let body = end + 1;
      if (end < 0 || arrow === undefined) break;
      if (arrow.kind === 'open') changes.push({ start: (tokens[end] as Token).end, end: arrow.start, text: ' => ' });
      else {
        if (arrow.text === '->' || arrow.text === '=') changes.push({ start: arrow.start, end: arrow.end, text: '=>' });
        body = end + 2;
      }
      const last = tokens[body]?.kind === 'open' ? pairOf(tokens, body) : -1;
      const next = tokens[last + 1];
      if (last < 0 || next === undefined) break;
      if (next.text === ',') changes.push({ start: next.start, end: next.end, text: ';' });
      else if (next.kind === 'open')
        changes.push({ start: (tokens[last] as Token).end, end: (tokens[last] as Token).end, text: ';' });
      arm = next.kind === 'open' ? last + 1 : last + 2;
    }
  }
  return spliced(text, ordered(changes));
}

/** `Point { x = 1, y = 2 }` with colons. */
function literals(text: string): string {
  const tokens = code(text);
  const changes: Change[] = [];
  for (const [at, token] of tokens.entries()) {
    const name = tokens[at - 1];
    let path = at - 1;
    while (tokens[path - 1]?.text === '::') path -= 2;
    const before = tokens[path - 1]?.text ?? '';
    if (tokens[at + 1]?.kind !== 'ident' || !/^[:=]$/.test(tokens[at + 2]?.text ?? '')) continue;
    if (token.text !== '{' || name?.kind !== 'ident' || !/^\p{Lu}/u.test(name.text)) continue;
    if (!['=', '(', ',', '=>', '{', '}', ';', '[', '|', 'return', ''].includes(before)) continue;
    const close = pairOf(tokens, at);
    let entry = at + 1;
    while (close > 0 && entry < close) {
      const equals = tokens[entry + 1] as Token;
      if (tokens[entry]?.kind === 'ident' && equals.text === '=')
        changes.push({ start: (tokens[entry] as Token).end, end: equals.end, text: ':' });
      const comma = levelOf(tokens, entry, close, [',', ';']);
      if (comma < 0) break;
      if (tokens[comma]?.text === ';')
        changes.push({ start: (tokens[comma] as Token).start, end: (tokens[comma] as Token).end, text: ',' });
      entry = comma + 1;
    }
  }
  return spliced(text, ordered(changes));
}

/** Dots and slashes in imports. */
function imports(text: string): string {
  return text
    .replace(/^(\s*(?:pub )?(?:use|import) )([\w.:/]+?)(?=;|::\{|\.\{|$)/gm, (all, head: string, path: string) =>
      /[./]/.test(path) ? `${head.replace('import', 'use')}${path.replace(/[./]/g, '::')}` : all,
    )
    .replace(/^(\s*use [\w:]+)\.\{/gm, '$1::{');
}

function ordered(changes: readonly Change[]): Change[] {
  const sorted = [...changes].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.filter((change, index) => index === 0 || change.start >= (sorted[index - 1] as Change).end);
}

/**
 * `a // b;` is a comment in Rust, and the statement before it has no end. Only what reads as an operand that ends a statement
 * is taken for one.
 */
function wholeDivision(text: string): string {
  const statement =
    /^([ \t]*(?:return\b|[^\n"'/;{}]*[^=!<>\n"'/;{}]=(?![=>]))[^\n"'/;{}]*[\w)\]])[ \t]*\/\/[ \t]*([^\n"'/]+;)[ \t]*$/gm;
  return text.replace(statement, (whole, before: string, operand: string) =>
    /^[\w.]+(?:\([^()]*\))?(?:\s*[-+*%]\s*[\w.]+)*;$/.test(operand) ? `${before} / ${operand}` : whole,
  );
}

export const firstPasses: readonly Pass[] = [
  { title: '`/` for the division of whole numbers', change: wholeDivision },
  { title: 'plain punctuation', change: plainPunctuation },
  { title: 'comments', change: comments },
  { title: 'blocks in braces', change: indentedBlocks },
  { title: 'double quotes', change: quotes },
  { title: 'imports', change: imports },
];

export const lastPasses: readonly Pass[] = [
  { title: 'fields', change: fields },
  { title: 'parameters', change: parameters },
  { title: 'arms', change: arms },
  { title: 'fields of literals', change: literals },
  { title: 'arms of a macro', change: macroArms },
];
