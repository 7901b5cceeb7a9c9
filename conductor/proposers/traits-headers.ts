// E0053, E0369: an operator is implemented for other operands than its method takes. The header says what the method says.
//
// impl Mul for Matrix { fn mul(self, other: &Matrix) -> Matrix { … } }            before
// impl Mul<&Matrix> for Matrix { fn mul(self, other: &Matrix) -> Matrix { … } }   after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { functionOf } from './support/functions.ts';
import { rust } from './support/rust.ts';

const OPERATORS: ReadonlySet<string> = new Set(
  `Add Sub Mul Div Rem BitAnd BitOr BitXor Shl Shr AddAssign SubAssign MulAssign DivAssign RemAssign PartialEq PartialOrd`.split(
    ' ',
  ),
);

export const traitsHeaders: Proposer = {
  name: 'traits-headers',
  codes: ['E0053'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    const impl =
      span === undefined || source === null ? null : enclosing(source.nodeAt(source.range(span)), 'impl_item');
    if (source === null || impl === null) return [];
    const trait = impl.childForFieldName('trait');
    const type = impl.childForFieldName('type');
    const method = descendants(impl, 'function_item')[0];
    const other = method === undefined ? undefined : functionOf(source, method)?.parameters[0]?.type;
    const name = trait?.text.split('::').at(-1) ?? '';
    if (!trait || !type || !other || !OPERATORS.has(name)) return [];
    const comparison = name.startsWith('Partial');
    const operand = comparison ? other.text.replace(/^&\s*/, '') : other.text;
    if (operand === type.text || operand === 'Self') return [];
    const drafts: Draft[] = [];
    // Where references are calculated with, both operands are one.
    const byReference = !comparison && operand === `&${type.text}`;
    if (byReference) {
      const used = usesReferences(source, method as Node);
      drafts.push({
        title: `\`${name}\` is for \`&${type.text}\``,
        edits: [source.insert(type.startIndex, '&')],
        features: { agreement: used ? 1 : 0.4 },
      });
    }
    drafts.push({
      title: `\`${name}\` takes \`${operand}\``,
      edits: [source.insert(trait.endIndex, `<${operand}>`)],
      features: { agreement: 0.8 },
    });
    return sound(drafts);
  },
  examples: [
    {
      title: 'a number as the other operand',
      before: rust`
        use std::ops::Mul;

        #[derive(Clone, Copy)]
        pub struct Point {
            pub x: f64,
        }

        impl Mul for Point {
            type Output = Point;

            fn mul(self, by: f64) -> Point {
                Point { x: self.x * by }
            }
        }
      `,
      after: rust`
        use std::ops::Mul;

        #[derive(Clone, Copy)]
        pub struct Point {
            pub x: f64,
        }

        impl Mul<f64> for Point {
            type Output = Point;

            fn mul(self, by: f64) -> Point {
                Point { x: self.x * by }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'references on both sides',
      before: rust`
        use std::ops::Add;

        pub struct Big {
            digits: Vec<u8>,
        }

        impl Add for Big {
            type Output = Big;

            fn add(self, other: &Big) -> Big {
                let digits = self.digits.iter().zip(&other.digits).map(|(a, b)| a + b).collect();
                Big { digits }
            }
        }

        pub fn twice(a: &Big, b: &Big) -> Big {
            &(a + b) + &(b + a)
        }
      `,
      after: rust`
        use std::ops::Add;

        pub struct Big {
            digits: Vec<u8>,
        }

        impl Add for &Big {
            type Output = Big;

            fn add(self, other: &Big) -> Big {
                let digits = self.digits.iter().zip(&other.digits).map(|(a, b)| a + b).collect();
                Big { digits }
            }
        }

        pub fn twice(a: &Big, b: &Big) -> Big {
            &(a + b) + &(b + a)
        }
      `,
      within: 1,
    },
  ],
};

/** Whether references stand on both sides of an operator outside the method, in the tokens of macros too. */
function usesReferences(source: SourceFile, method: Node): boolean {
  const text = source.text.slice(0, method.startIndex) + source.text.slice(method.endIndex);
  return /&[\w.]+\s*[-+*/%]\s*&\w|&\([^()]*\)\s*[-+*/%]\s*&/.test(text);
}
