// Types of the one function of spdx-expression-parse, which ships none.
declare module 'spdx-expression-parse' {
  interface Licence {
    license: string;
    plus?: true;
    exception?: string;
  }
  interface Choice {
    left: Expression;
    conjunction: 'and' | 'or';
    right: Expression;
  }
  export type Expression = Licence | Choice;
  /** Throws an Error where `source` is no SPDX expression. */
  export default function parse(source: string): Expression;
}
