// Places where a delimiter that is missing may have been meant to stand, as trial repairs. Which delimiters are missing,
// and what indentation says of it, is syntax-delimiters'.
import type { SourceFile } from '../../../tools/index/source.ts';
import type { Change, Repairs } from './repairs.ts';
import { closerOf, itemKeywords, type Token, tokenIndexAt, tokensOf } from './tokens.ts';

/** Statements and lines looked at for one delimiter, nearest first. */
export const nearest = 24;

/** A `}` on its own line behind what comes before `token`; before `else` on the same line as it. */
export function closeBefore(file: SourceFile, token: Token, column: number): Change {
  if (token.text === 'else') return { start: token.start, end: token.start, text: '} ' };
  const previous = tokensOf(file)[tokenIndexAt(tokensOf(file), token.start) - 1];
  const at = previous === undefined ? token.start : file.line(file.lineOf(previous.end - 1)).end;
  return { start: at, end: at, text: `${file.newline}${indent(file, column)}}` };
}

function indent(file: SourceFile, column: number): string {
  return /^\t/m.test(file.text) ? '\t'.repeat(Math.floor(column / 4)) : ' '.repeat(column);
}

/** The token, with its whole line when it stands alone there. */
export function wholeLine(file: SourceFile, token: Token): Change {
  const line = file.line(token.line);
  const alone = file.slice(line).trim() === token.text;
  if (!alone) return { start: token.start, end: token.end, text: '' };
  const from = token.line > 0 ? file.line(token.line - 1).end : line.start;
  return { start: from, end: line.end, text: '' };
}

/** Ends of what an opener may have been meant to close: of the statement, the condition, the argument, the file. */
export function unclosed(repairs: Repairs, file: SourceFile, tokens: readonly Token[], opener: Token): void {
  const closer = closerOf[opener.text] as string;
  const title = `close the \`${opener.text}\` of line ${opener.line + 1}`;
  const from = tokenIndexAt(tokens, opener.start) + 1;
  if (closer === '}') {
    const column = file.indentAt(opener.start).replaceAll('\t', '    ').length;
    const last = tokens.at(-1);
    const end = last === undefined ? file.text.length : last.end;
    repairs.insert(1, `${title} at the end of the file`, end, `${file.newline}${indent(file, column)}}`);
    let seen = 0;
    for (let at = from; at < tokens.length && seen < nearest; at++) {
      const token = tokens[at] as Token;
      if (!token.leads || token.line === opener.line) continue;
      seen++;
      const item = itemKeywords.has(token.text) || token.text === '#';
      repairs.add(
        item ? 0.8 : 2 + seen / nearest,
        `${title} before line ${token.line + 1}`,
        closeBefore(file, token, column),
      );
    }
    for (let at = from; at < tokens.length && tokens[at]?.line === opener.line; at++) {
      repairs.insert(2, `${title} on its line`, (tokens[at] as Token).end, ' }');
    }
    return;
  }
  let depth = 0;
  let seen = 0;
  for (let at = from; at < tokens.length && seen < nearest; at++) {
    const token = tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close' && --depth < 0) {
      repairs.insert(0.5, title, behind(tokens, at), closer);
      break;
    }
    const previous = tokens[at - 1] as Token;
    if (depth === 0 || (depth === 1 && token.kind === 'open')) {
      seen++;
      const stop = [';', '{', ','].includes(token.text) || token.text === '->' || token.text === '=>';
      const lineEnd = token.leads && token.line > opener.line;
      // A closure's block is the last of its call.
      const blockEnd = previous.text === '}' && token.text === '.';
      repairs.insert((stop || blockEnd ? 0.3 : lineEnd ? 0.6 : 1.5) + seen * 0.02, title, behind(tokens, at), closer);
      if (token.text === ';' || lineEnd) severalAtOnce(repairs, tokens, opener, at);
    }
    if (token.text === ';' && depth <= 0 && previous.line > opener.line) break;
  }
  if (from >= tokens.length) repairs.insert(1, title, opener.end, closer);
}

function behind(tokens: readonly Token[], at: number): number {
  return (tokens[at - 1] as Token).end;
}

/** All of `(` and `[` that are open from `opener` on, closed in front of token `at`. */
function severalAtOnce(repairs: Repairs, tokens: readonly Token[], opener: Token, at: number): void {
  const open: Token[] = [];
  for (const token of tokens.slice(tokenIndexAt(tokens, opener.start), at)) {
    if (token.kind === 'open') open.push(token);
    else if (token.kind === 'close' && open.length > 0 && closerOf[open.at(-1)?.text as string] === token.text)
      open.pop();
  }
  if (open.length < 2 || open.some((token) => token.text === '{')) return;
  const text = open.map((token) => closerOf[token.text]).reverse();
  repairs.insert(0.6, `close \`${open.map((token) => token.text).join('')}\``, behind(tokens, at), text.join(''));
}

/** Lines whose own braces do not pair, and bodies behind `where`: a block that was never opened, or not closed on its line. */
export function inline(repairs: Repairs, file: SourceFile, tokens: readonly Token[]): void {
  let seen = 0;
  for (let from = 0; from < tokens.length && seen < 4; ) {
    const line = (tokens[from] as Token).line;
    let to = from;
    while (tokens[to]?.line === line) to++;
    const open: number[] = [];
    let odd = -1;
    for (let at = from; at < to; at++) {
      const text = (tokens[at] as Token).text;
      if (text === '{') open.push(at);
      if (text === '}' && open.pop() === undefined && at > from && odd < 0) odd = at;
    }
    const unclosedAt = open.find((at) => at < to - 1);
    if (odd > 0 || unclosedAt !== undefined) seen++;
    for (let at = from + 1; at < odd; at++) {
      const before = tokens[at - 1] as Token;
      const likely = [')', ']', '>', '=>', '|', 'else'].includes(before.text) || before.kind === 'ident';
      const title = `open a block on line ${line + 1}`;
      if (likely) repairs.insert(before.kind === 'ident' ? 1 : 0.8, title, before.end, ' {');
    }
    for (let at = (unclosedAt ?? to) + 1; at < to; at++)
      repairs.insert(1, `close the block on line ${line + 1}`, (tokens[at] as Token).end, ' }');
    doubleBlock(repairs, file, tokens, from);
    if (tokens[from]?.text === 'where') whereBody(repairs, file, tokens, from);
    from = to;
  }
}

/** `}}` that ends what one `{` began, or the other way round, as macros write their arms: the other brace of the pair. */
function doubleBlock(repairs: Repairs, file: SourceFile, tokens: readonly Token[], lead: number): void {
  const [one, two] = [tokens[lead] as Token, tokens[lead + 1]];
  if (one.text !== '}') return;
  const twice = two?.text === '}' && two.start === one.end;
  const indent = file.indentAt(one.start);
  for (let at = lead - 1; at > 0; at--) {
    const token = tokens[at] as Token;
    if (token.text !== '{' || file.indentAt(token.start) !== indent) continue;
    const opened = tokens[at - 1]?.text === '{' && tokens[at - 1]?.end === token.start;
    if (twice && !opened) repairs.insert(0.5, 'open the block twice', token.end, '{');
    if (!twice && opened) repairs.insert(0.5, 'close the block twice', one.end, '}');
    return;
  }
}

/** The `{` behind a `where` clause that stands on lines of its own. */
function whereBody(repairs: Repairs, file: SourceFile, tokens: readonly Token[], where: number): void {
  for (let at = where + 1, lines = 0; at < tokens.length && lines < 4; at++) {
    const next = tokens[at + 1];
    if (['{', ';'].includes(tokens[at]?.text ?? ';')) return;
    if (next?.leads !== true) continue;
    lines++;
    const indent = file.indentAt((tokens[where] as Token).start);
    repairs.insert(
      0.7 + lines * 0.1,
      'open the body behind `where`',
      (tokens[at] as Token).end,
      `${file.newline}${indent}{`,
    );
  }
}
