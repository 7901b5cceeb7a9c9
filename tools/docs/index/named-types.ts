// The types and modules of std that a question names in ordinary words: what is asked of "a text" is a method of `str` sooner
// than one of `Cell`, whatever other words they share. Pure. A page that is not here is neither helped nor held back but by
// those that are.

/** Words of a question, and the pages whose items they may ask for. */
const named: readonly (readonly [RegExp, RegExp])[] = [
  [/\b(?:texts?|strings?|words?|letters?)\b/i, /^std\/(?:primitive\.str|string\/struct\.String)\.html$/],
  [/\b(?:characters?|letters?)\b/i, /^std\/primitive\.char\.html$/],
  [
    /\b(?:vectors?|slices?|arrays?|lists?|sequences?)\b/i,
    /^std\/(?:vec\/struct\.Vec|primitive\.slice|primitive\.array)\.html$/,
  ],
  [/\b(?:options?|optional|None|Some)\b/, /^std\/option\/enum\.Option\.html$/],
  [/\b(?:results?|success|error)\b/i, /^std\/result\/enum\.Result\.html$/],
  [/\b(?:iterators?|iteration)\b/i, /^std\/iter\/(?:trait|fn|struct)\./],
  [/\b(?:maps?|hash tables?|dictionar(?:y|ies))\b/i, /^std\/collections\/.*\b(?:HashMap|BTreeMap)\.html$/],
  [/\bsets?\b/i, /^std\/collections\/.*\b(?:HashSet|BTreeSet)\.html$/],
  [/\b(?:double-ended|ring) (?:queue|buffer)s?\b|\bdeques?\b/i, /^std\/collections\/.*\bVecDeque\.html$/],
  [/\bheaps?\b|\bpriorit(?:y|ies)\b/i, /^std\/collections\/.*\bBinaryHeap\.html$/],
  [/\b(?:integers?|numbers?)\b/i, /^std\/primitive\.[iu](?:\d+|size)\.html$/],
  [/\b(?:floats?|floating|numbers?|angles?|fractions?)\b/i, /^std\/primitive\.f(?:32|64)\.html$/],
  [/\bfiles?\b/i, /^std\/(?:fs\/|path\/struct\.Path(?:Buf)?\.html$)/],
  [/\b(?:paths?|folders?|director(?:y|ies))\b/i, /^std\/(?:fs\/|path\/struct\.Path(?:Buf)?\.html$)/],
  [/\bthreads?\b/i, /^std\/thread\//],
  [/\b(?:programs?|child|process(?:es)?)\b/i, /^std\/process\//],
  [/\b(?:mutex(?:es)?|locks?)\b/i, /^std\/sync\/.*\b(?:Mutex|RwLock)\.html$/],
  [/\b(?:shared|reference-counted|owners?)\b/i, /^std\/(?:rc|sync)\/struct\.(?:Rc|Arc|Weak)\.html$/],
  [/\bmutable references?\b/i, /^std\/mem\/fn\./],
  [/\bpointers?\b/i, /^std\/(?:ptr\/|primitive\.pointer\.html$|(?:rc|sync)\/struct\.(?:Rc|Arc)\.html$)/],
  [/\b(?:time|moment|duration)\b/i, /^std\/time\//],
];

/** Patterns of the pages of what a question names; none where it names nothing. */
export function pagesNamedIn(question: string): RegExp[] {
  return named.filter(([words]) => words.test(question)).map(([, pages]) => pages);
}
