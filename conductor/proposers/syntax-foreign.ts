// Whole constructs of other languages: counting loops, conditional expressions, declarations with the type in front,
// blocks by indentation, words for operators, comments with `#`.
//
//     for (int i = 0; i < n; i++) {      →     for i in 0..n {
//     if x > 0 and not done:             →     if x > 0 && !done {
//
// None of what is rewritten is Rust, so that a habit is repaired wherever it shows, and all habits of a file at once. The
// tables are support/foreign-*.ts. Single words are syntax-keywords', single tokens syntax-punctuation's.
import type { SourceFile, TextRange } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { changesBetween, habits, translation } from './support/translation.ts';

/** What stands there is another language's whole construct, and no Rust. */
const wholePattern = { idiom: 1 };

export const syntaxForeign: Proposer = {
  name: 'syntax-foreign',
  codes: [null, 'E0425', 'E0423', 'E0412', 'E0574', 'E0070', 'E0600', 'E0614'],
  propose(input: ProposeInput): Draft[] {
    const primary = input.diagnostic.spans.find((span) => span.primary);
    const file = primary === undefined ? null : input.source(primary.file);
    if (primary === undefined || file === null) return [];
    const region = regionOf(file, file.range(primary).start);
    const own = file.slice(region);
    const single = habits(own);
    if (single.length === 0) return [];
    const repairs = new Repairs(file, region.start);
    const all = translation(own);
    const between = (now: string): Change[] =>
      changesBetween(own, now).map((change) => ({
        start: change.start + region.start,
        end: change.end + region.start,
        text: change.text,
      }));
    if (all.titles.length > 1) {
      const changes = between(all.text);
      repairs.add(
        0,
        `Rust for ${all.titles.length} habits of other languages: ${all.titles.join(', ')}`,
        changes,
        [],
        wholePattern,
      );
    }
    for (const { title, text } of single) {
      const changes = between(text);
      repairs.add(
        0.05,
        changes.length > 1 ? `${title} (in ${changes.length} places)` : title,
        changes,
        [],
        wholePattern,
      );
    }
    return repairs.drafts();
  },
  examples: [
    {
      title: 'a counting loop as in C',
      before: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            let mut out = Vec::new();
            for (int i = 0; i < n; i++) {
                out.push(i * i);
            }
            out
        }
      `,
      after: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            let mut out = Vec::new();
            for i in 0..n {
                out.push(i * i);
            }
            out
        }
      `,
    },
    {
      title: 'a function as in Python',
      before: rust`
        def total(values: &[i32]) -> i32:
            let mut sum = 0;
            for v in values:
                # only what counts
                if *v > 0 and not *v > 99:
                    sum += v;
            return sum;
      `,
      after: rust`
        fn total(values: &[i32]) -> i32 {
            let mut sum = 0;
            for v in values {
                // only what counts
                if *v > 0 && !(*v > 99) {
                    sum += v;
                }
            }
            return sum;
        }
      `,
    },
    {
      title: 'the division of Python, which is a comment here',
      before: rust`
        def first_digit(n: u32) -> u32:
            let mut first = n;
            while first >= 10:
                first = first // 10;
            first
      `,
      after: rust`
        fn first_digit(n: u32) -> u32 {
            let mut first = n;
            while first >= 10 {
                first = first / 10;
            }
            first
        }
      `,
      within: 1,
    },
  ],
};

/** Files up to this length are read whole; of longer ones the lines around the error, from item to item. */
const readWhole = 40_000;
const reach = 200;

function regionOf(file: SourceFile, at: number): TextRange {
  if (file.text.length <= readWhole) return { start: 0, end: file.text.length };
  const line = file.lineOf(at);
  const beginsItem = (number: number): boolean => /^[\p{L}#]/u.test(file.slice(file.line(number)).slice(0, 2));
  let first = line;
  let last = line + 1;
  while (first > 0 && line - first < reach && !beginsItem(first)) first--;
  while (last < file.lineCount && last - line < reach && !beginsItem(last)) last++;
  return { start: file.line(first).start, end: last < file.lineCount ? file.line(last).start : file.text.length };
}
