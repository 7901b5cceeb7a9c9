// Delimiters read against indentation: where a block should have been closed, closed later, or opened.
// rustc's "unclosed delimiter" knows an opener and the end of the file; how the author laid out the lines says more.
import type { SourceFile } from '../../../tools/index/source.ts';
import { itemKeywords, openerOf, type Token, tokensOf } from './tokens.ts';

/** A place where braces and indentation disagree. */
export interface Disagreement {
  readonly kind: /** A block that was opened further left is still open here: `}` belongs before this token. */
    | 'unclosed'
    /** A `}` that stands deeper than any open block, or too many. */
    | 'surplus'
    /** A line that is followed by a deeper one, without `{` at its end. */
    | 'unopened';
  readonly token: Token;
  /** Column of the block concerned, in characters. */
  readonly column: number;
  /** For `unclosed`: the brace that is still open. */
  readonly opener?: Token;
}

interface Open {
  readonly token: Token;
  /** Column at which the opener's line begins. */
  readonly column: number;
}

/** Width of the white space before the line's first token; a tab counts as four. */
export function columnOf(file: SourceFile, token: Token): number {
  return file.indentAt(token.start).replaceAll('\t', '    ').length;
}

/** Every disagreement of the file, in source order, each found as if the earlier ones were mended. */
export function disagreements(file: SourceFile): Disagreement[] {
  const tokens = tokensOf(file);
  const found: Disagreement[] = [];
  const stack: Open[] = [];
  let lastLead: Token | null = null;
  for (const [index, token] of tokens.entries()) {
    const column = columnOf(file, token);
    if (token.leads) {
      const previous = tokens[index - 1];
      const leadColumn = lastLead === null ? 0 : columnOf(file, lastLead);
      if (previous !== undefined && lastLead !== null && column > leadColumn && opensNothing(previous, token)) {
        if (expectsBlock(tokens, lastLead, previous))
          found.push({ kind: 'unopened', token: previous, column: leadColumn });
      }
      closeBefore(token, column, stack, found);
      lastLead = token;
    }
    if (token.kind === 'open') stack.push({ token, column });
    if (token.kind !== 'close') continue;
    const top = stack.at(-1);
    if (top === undefined) found.push({ kind: 'surplus', token, column });
    else if (token.text !== '}') {
      if (top.token.text === openerOf[token.text]) stack.pop();
    } else {
      while (stack.length > 0 && stack.at(-1)?.token.text !== '{') stack.pop();
      const brace = stack.at(-1);
      if (brace === undefined) found.push({ kind: 'surplus', token, column });
      else if (token.leads && column > brace.column && token.line > brace.token.line) {
        found.push({ kind: 'surplus', token, column });
        // Whether it closes the block or is one too many, only a parse can tell; taking it as the closer keeps later lines true.
        const next = tokens[index + 1];
        if (next === undefined || !next.leads || columnOf(file, next) <= brace.column) stack.pop();
      } else stack.pop();
    }
  }
  return found;
}

/** Blocks that a line-leading token at `column` cannot be inside of. */
function closeBefore(token: Token, column: number, stack: Open[], found: Disagreement[]): void {
  for (let top = stack.at(-1); top !== undefined && token.line > top.token.line; top = stack.at(-1)) {
    const closes = token.kind === 'close';
    const outside = closes ? column < top.column : column <= top.column && !continues(token);
    if (top.token.text !== '{') {
      // A parenthesis that a line further left left open: braces go on as if it were closed.
      if (!outside && !(closes && token.text === '}')) return;
      if (closes && column >= top.column && openerOf[token.text] === top.token.text) return;
      if (column > top.column) return;
      if (!closes && column === top.column && !itemKeywords.has(token.text) && token.text !== 'let') return;
      stack.pop();
      continue;
    }
    if (!outside) return;
    found.push({ kind: 'unclosed', token, column: top.column, opener: top.token });
    stack.pop();
  }
}

/** Tokens that go on with what a line to their left began. */
function continues(token: Token): boolean {
  if (token.text === 'where' || token.text === '{' || token.text === 'else') return true;
  return token.kind === 'punct' && token.text !== '#' && token.text !== '&' && token.text !== '*' && token.text !== '|';
}

function opensNothing(previous: Token, token: Token): boolean {
  if (previous.kind === 'open' || token.text === '{' || token.text === 'where' || token.text === '.') return false;
  if (previous.kind === 'punct') return previous.text === '>';
  return true;
}

const blockKeywords = new Set([
  'if',
  'else',
  'for',
  'while',
  'loop',
  'match',
  'fn',
  'impl',
  'trait',
  'struct',
  'enum',
  'mod',
  'unsafe',
]);

/** Whether the line(s) from `first` to `last` hold a keyword that a block must follow. */
function expectsBlock(tokens: readonly Token[], first: Token, last: Token): boolean {
  for (const token of tokens) {
    if (token.start < first.start) continue;
    if (token.start > last.start) return false;
    if (token.kind === 'keyword' && blockKeywords.has(token.text)) return !hasBrace(tokens, first, last);
  }
  return false;
}

function hasBrace(tokens: readonly Token[], first: Token, last: Token): boolean {
  return tokens.some(
    (token) => token.start >= first.start && token.start <= last.start && (token.text === '{' || token.text === ';'),
  );
}
