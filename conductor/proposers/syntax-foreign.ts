// Whole constructs of other languages: counting loops, conditional expressions, declarations with the type in front,
// blocks by indentation, words for operators, comments with `#`.
//
//     for (int i = 0; i < n; i++) {      →     for i in 0..n {
//     if x > 0 and not done:             →     if x > 0 && !done {
//
// None of what is rewritten is Rust, so that a habit is repaired wherever it shows, and all habits of a file at once. The
// tables are support/foreign-*.ts. Single words are syntax-keywords', single tokens syntax-punctuation's.
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { Repairs } from './support/repairs.ts';
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
    if (file === null) return [];
    const single = habits(file.text);
    if (single.length === 0) return [];
    const repairs = new Repairs(file);
    const all = translation(file.text);
    if (all.titles.length > 1) {
      const changes = changesBetween(file.text, all.text);
      repairs.add(
        0,
        `Rust for ${all.titles.length} habits of other languages: ${all.titles.join(', ')}`,
        changes,
        [],
        wholePattern,
      );
    }
    for (const { title, text } of single) {
      const changes = changesBetween(file.text, text);
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
  ],
};
