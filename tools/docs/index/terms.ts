// Words of a text as the index knows them: lower case, without endings, identifiers whole and in parts. Pure. What may stand
// for what in a question is synonyms.ts's.

/** Words that say nothing about what is asked. */
const stop = new Set(
  `a an the of to in on at by for from with without and or nor not no is are was were be been being am do does did done doing has have had
  having i me my mine you your yours we our us he she they them their it its this that these those there here what which who whom whose when
  where why how can could may might must shall should will would if then than so as but about into over under out up down off only own same
  such very just also too more most some any all each both few other others another again ever never let's let get gets got want wants need
  needs use uses used using way ways thing things something anything e.g i.e etc s t re ve ll don doesn isn aren won cannot want one ones
  while during before after between because until upon per via thus hence however whether either neither instead like rust`
    .split(/\s+/)
    .filter(Boolean),
);
const word = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:_?[A-Za-z][A-Za-z0-9]*)?/g;

/** Signs that a question spells out. */
const signs: readonly (readonly [RegExp, string])[] = [
  [/`\?`|\? operator|question marks?\b/gi, ' questionmark '],
  [/`!`|exclamation marks?\b|never type/gi, ' nevertype '],
  [/`@`|@ bindings?\b/gi, ' atbinding '],
  [/`\.\.=?`/g, ' dotdot '],
  [/`_`/g, ' underscore '],
  [/`&mut`/g, ' mutref '],
  [/#\[(\w+)/g, ' $1 attribute '],
  [/\breference[- ]count(?:ed|ing)(?: pointers?)?/gi, ' rc reference '],
  [/\bsymbolic links?\b|\bsymlinks?\b/gi, ' symlink '],
  [/\b(?:entry point|main function)\b/gi, ' main function '],
  [/\brun[- ]?time\b|\bat run time\b/gi, ' runtime '],
  [/\bcompile[- ]time\b|\b(?:when|while) compiling\b/gi, ' compiletime '],
  [/\bcommand[- ]line\b/gi, ' commandline '],
];

/** Terms in order, with repeats. */
export function termsOf(text: string): string[] {
  let plain = text.replace(/[’‘]/g, "'").replace(/'(?:s|t|re|ve|ll|d)\b/g, '');
  for (const [sign, spelled] of signs) plain = plain.replace(sign, spelled);
  const terms: string[] = [];
  for (const found of plain.match(word) ?? []) terms.push(...termsOfWord(found));
  return terms;
}

/** Words repeat: most of the time of a question, and of a build, was their endings. */
const known = new Map<string, readonly string[]>();
const mostKnown = 20_000;

function termsOfWord(found: string): readonly string[] {
  let terms = known.get(found);
  if (terms === undefined) {
    const made: string[] = [];
    addWord(found, made);
    terms = made;
    if (known.size >= mostKnown) known.clear();
    known.set(found, terms);
  }
  return terms;
}

/** Forms that no ending tells. */
const irregular: Readonly<Record<string, string>> = {
  laid: 'layout',
  built: 'build',
  written: 'write',
  wrote: 'write',
  took: 'take',
  taken: 'take',
  made: 'make',
  held: 'hold',
  kept: 'keep',
  sent: 'send',
  found: 'find',
  went: 'go',
  gone: 'go',
  thrown: 'throw',
  chosen: 'choose',
  given: 'give',
  ran: 'run',
  left: 'leave',
  lost: 'lose',
  meant: 'mean',
  read: 'read',
  shown: 'show',
  known: 'know',
  broken: 'break',
  hidden: 'hide',
  bound: 'bound',
  bytes: 'byte',
  indices: 'index',
  vec: 'vector',
  str: 'string',
  iter: 'iterator',
  dst: 'dynamically',
  args: 'argument',
  arg: 'argument',
  fn: 'function',
  func: 'function',
  structs: 'struct',
  impl: 'implement',
  mut: 'mutable',
  ref: 'reference',
  char: 'character',
  chars: 'character',
  int: 'integer',
  bool: 'boolean',
  dir: 'directory',
  env: 'environment',
  cmp: 'compare',
  len: 'length',
};

function addWord(found: string, terms: string[]): void {
  const lower = found.toLowerCase();
  if (lower.length > 40 || /^_+$/.test(lower)) return;
  if (found.includes('_')) {
    terms.push(lower);
    for (const part of lower.split('_')) if (part.length > 1 && !stop.has(part)) terms.push(stem(part));
    return;
  }
  const parts = found.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? [];
  if (parts.length > 1 && /[a-z][A-Z]/.test(found)) {
    terms.push(lower);
    for (const part of parts)
      if (part.length > 1 && !stop.has(part.toLowerCase())) terms.push(stem(part.toLowerCase()));
    return;
  }
  if (!stop.has(lower)) terms.push(stem(lower));
}

/**
 * A word without its ending: plurals, -ed, -ing, -ly, -tion and the like, after Porter (1980), fewer steps; British spelling
 * as American.
 */
export function stem(found: string): string {
  const known = Object.hasOwn(irregular, found) ? irregular[found] : undefined;
  if (known !== undefined && known !== found) return stem(known);
  let text = found.replace(/our(s|ed|ing|al)?$/, 'or$1').replace(/is(e|es|ed|ing|er|ation|ations|able)$/, 'iz$1');
  if (text === 'hor' || text.length < 4) text = found;
  if (text.length < 4) return text;
  if (/(?:ss|us|is)$/.test(text)) return text;
  text = text
    .replace(/ies$/, 'y')
    .replace(/(?<=ss|sh|ch|x|z)es$/, '')
    .replace(/s$/, '');
  text = cut(text, /(?:ed|ing)$/);
  text = text
    .replace(/(?<=.{3})ly$/, '')
    .replace(/(?<=.{2})(?:ization|izer)$/, 'ize')
    .replace(/(?<=.{3})ations?$/, 'ate');
  text = text
    .replace(/(?<=.{4})(?:ness|ment|ful)$/, '')
    .replace(/(?<=.{3})(?:or|er)$/, (ending) =>
      /^(?:error|vector|number|buffer|pointer|iter|operator|iterator|integer|parameter|other|later|order|header|layer|power|user|never|under|over|upper|lower|character)$/.test(
        text,
      )
        ? ending
        : '',
    );
  text = text.replace(/(?<=.{3})(?:able|ible|ence|ance|ive|al)$/, '');
  return text
    .replace(/(?<=.{3})e$/, '')
    .replace(/(?<=.{3})y$/, 'i')
    .replace(/(?<=.{2})([b-df-hj-km-np-rtv-z])\1$/, '$1');
}

function cut(text: string, ending: RegExp): string {
  const short = text.replace(ending, '');
  return short !== text && short.length >= 3 && /[aeiouy]/.test(short) ? short : text;
}
