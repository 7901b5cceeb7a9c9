// Alternatives of a pattern as other languages list them: commas, `||` or `or` where `|` stands, in every arm of the match that has
// them.
//
// match month { 4, 6, 9, 11 => 30, _ => 31 }          before
// match month { 4 | 6 | 9 | 11 => 30, _ => 31 }       after
import type { SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { type Token, tokensOf } from './support/tokens.ts';

export const syntaxAlternatives: Proposer = {
  name: 'syntax-alternatives',
  codes: [null],
  propose(input: ProposeInput): Draft[] {
    const primary = input.diagnostic.spans.find((span) => span.primary);
    const file = primary === undefined ? null : input.source(primary.file);
    if (primary === undefined || file === null) return [];
    const changes = inMatch(file, file.range(primary).start);
    if (changes.length === 0) return [];
    const repairs = new Repairs(file, file.range(primary).start);
    repairs.add(0, `\`|\` between alternatives, ${changes.length} times`, changes, [], {
      idiom: 1,
      repeats: changes.length,
    });
    return repairs.drafts();
  },
  examples: [
    {
      title: 'commas',
      before: rust`
        pub fn days(month: u32) -> u32 {
            match month {
                4, 6, 9, 11 => 30,
                2 => 28,
                _ => 31,
            }
        }
      `,
      after: rust`
        pub fn days(month: u32) -> u32 {
            match month {
                4 | 6 | 9 | 11 => 30,
                2 => 28,
                _ => 31,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'commas between variants, in two arms',
      before: rust`
        pub enum Day {
            Mon,
            Tue,
            Sat,
            Sun,
        }

        pub fn free(day: Day) -> bool {
            match day {
                Day::Mon, Day::Tue => false,
                Day::Sat, Day::Sun => true,
            }
        }
      `,
      after: rust`
        pub enum Day {
            Mon,
            Tue,
            Sat,
            Sun,
        }

        pub fn free(day: Day) -> bool {
            match day {
                Day::Mon | Day::Tue => false,
                Day::Sat | Day::Sun => true,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the operator of conditions',
      before: rust`
        pub fn vowel(letter: char) -> bool {
            match letter {
                'a' || 'e' || 'i' => true,
                'o' || 'u' => true,
                _ => false,
            }
        }
      `,
      after: rust`
        pub fn vowel(letter: char) -> bool {
            match letter {
                'a' | 'e' | 'i' => true,
                'o' | 'u' => true,
                _ => false,
            }
        }
      `,
      within: 1,
    },
  ],
};

const SEPARATORS: ReadonlySet<string> = new Set([',', '||', 'or']);

/** What separates alternatives in the arms of the innermost match around a place, and is none of Rust's. */
function inMatch(file: SourceFile, at: number): Change[] {
  const tokens = tokensOf(file);
  let place = tokens.findIndex((token) => token.end > at);
  if (place < 0) place = tokens.length - 1;
  let depth = 0;
  let open = -1;
  for (let index = place; index >= 0 && open < 0; index -= 1) {
    const { text } = tokens[index] as Token;
    if (')]}'.includes(text)) depth += 1;
    else if ('([{'.includes(text)) {
      if (depth > 0) depth -= 1;
      else if (text === '{' && isMatch(tokens, index)) open = index;
    }
  }
  return open < 0 ? [] : arms(tokens, open);
}

/** Whether a brace follows `match value`. */
function isMatch(tokens: readonly Token[], brace: number): boolean {
  for (let index = brace - 1; index >= Math.max(0, brace - 40); index -= 1) {
    const { text } = tokens[index] as Token;
    if (text === 'match') return true;
    if ([';', '{', '}', '=>'].includes(text)) return false;
  }
  return false;
}

/** From arm to arm: before `=>` a pattern, behind it a value up to `,` or the end of its block. */
function arms(tokens: readonly Token[], open: number): Change[] {
  const changes: Change[] = [];
  let depth = 0;
  let pending: Token[] = [];
  let value = false;
  for (let index = open + 1; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    const { text } = token;
    if ('([{'.includes(text)) depth += 1;
    else if (')]}'.includes(text)) {
      depth -= 1;
      if (depth < 0) break;
      if (depth === 0 && value && text === '}' && tokens[index + 1]?.text !== ',') value = false;
    } else if (depth > 0) continue;
    else if (text === '=>') {
      changes.push(
        ...pending.map((one): Change => ({ start: one.start, end: one.end, text: one.text === ',' ? ' |' : '|' })),
      );
      pending = [];
      value = true;
    } else if (value && text === ',') value = false;
    else if (!value && text === 'if') {
      // A guard: its `||` is right.
      while (index + 1 < tokens.length && tokens[index + 1]?.text !== '=>') index += 1;
    } else if (!value && SEPARATORS.has(text)) pending.push(token);
  }
  return changes;
}
