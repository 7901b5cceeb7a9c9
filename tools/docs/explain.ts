// Answers put together from sentences of the documentation: which sections, which of their sentences, and whether it is known
// at all. Nothing is said that is not cited. Where questions come from and how answers look is cli/'s work.
import type { Anchor, Claim, Diagnostic } from '../../schemas/types.ts';
import { makeAnchor } from './anchor.ts';
import { confidenceOf, thresholds } from './confidence.ts';
import { templateOf } from './index/messages.ts';
import type { Docs } from './index/open.ts';
import { termsOf } from './index/terms.ts';
import { rulePlaces } from './rule-places.ts';
import { sentencesOf } from './sentences.ts';
import { crateNamesIn } from './third-party.ts';

export interface Answer {
  readonly known: boolean;
  /** How sure it is that the first section is the right one, 0 to 1. */
  readonly confidence: number;
  /** Sections cited, the most fitting first, by number in the index. */
  readonly sections: readonly number[];
  readonly claims: readonly Claim[];
  /** Why it does not know, or what else would help. */
  readonly help: readonly string[];
}

const unknown = (confidence: number, ...help: string[]): Answer => ({
  known: false,
  confidence,
  sections: [],
  claims: [],
  help,
});

/** Sections that an answer cites at most: the rule, and where it is told at more length. */
const mostRules = 3;
const mostCharacters = 360;
/** Where rules are told. */
const rulebooks = /^(?:reference|book|nomicon)\//;

/** What an error code means: its page, the rules behind it, what its page says to do. */
export function explainCode(docs: Docs, code: string, about: string = ''): Answer {
  const page = docs.search.at(`error_codes/${code}.html`);
  if (page === null)
    return unknown(
      0,
      `the error index has no page for ${code}`,
      `\`rustc --explain ${code}\` asks the compiler itself`,
    );
  const topic = `${about} ${leadOf(docs, page)}`;
  const rules = rulesFor(docs, code, topic);
  return {
    known: true,
    confidence: 1,
    sections: [page, ...rules],
    claims: [
      ...claim('rule', cite(docs, page, topic, 1)),
      ...rules.flatMap((rule) => claim('rule', cite(docs, rule, topic, 1))),
      ...claim('do', advice(docs, page, topic)),
    ],
    help: [],
  };
}

/** What is behind a diagnostic; its code is used where it has one. */
export function explainDiagnostic(
  docs: Docs,
  diagnostic: Pick<Diagnostic, 'code' | 'message' | 'spans' | 'notes'>,
): Answer {
  const text = diagnosticText(diagnostic);
  if (diagnostic.code !== null && docs.search.at(`error_codes/${diagnostic.code}.html`) !== null)
    return explainCode(docs, diagnostic.code, templateOf(text));
  return explainWords(docs, text);
}

export function diagnosticText({ message, spans, notes }: Pick<Diagnostic, 'message' | 'spans' | 'notes'>): string {
  const labels = spans.map(({ label }) => label).filter((label) => label !== null);
  return [message, ...new Set([...labels, ...notes.map((note) => note.message.split('\n')[0] ?? '')])].join(' | ');
}

/** A page of the documentation that a diagnostic refers to by its address: the compiler knows the rule. */
function referredTo(docs: Docs, text: string): number[] {
  return [...text.matchAll(/https:\/\/doc\.rust-lang\.org\/(?:(?:stable|beta|nightly)\/)?([^\s>)]+)/g)].flatMap(
    ([, path]) => {
      const place = (path as string).replace(/[.,]$/, '');
      return docs.search.at(place) ?? docs.search.at(place.split('#')[0] as string) ?? [];
    },
  );
}

/** The words of a diagnostic that are not the user's own: attributes and keywords stay, though they stand in backticks. */
function wordsOfRule(text: string): string {
  const attributes = [...text.matchAll(/#!?\[(\w+)/g)].map(([, name]) => `#[${name}]`);
  const keywords = [
    ...text.matchAll(
      /`(?:(async|await|const|dyn|enum|extern|fn|impl|let|loop|match|mod|move|self|static|struct|super|trait|union|unsafe|use|where)|\$?\w+:(\w+))`/g,
    ),
  ].map(([, word]) => word ?? '');
  return [templateOf(text).replace(/\||https?:\S+/g, ' '), ...attributes, ...keywords].join(' ');
}

/** A diagnostic by its words alone: the code whose failing blocks the compiler speaks of like this, else the Reference. */
export function explainWords(docs: Docs, text: string): Answer {
  const codes = docs.search.codesOf(text);
  const first = codes[0];
  const plain = wordsOfRule(text);
  const referred = referredTo(docs, text);
  const hits = docs.search.search(plain, 5, undefined, docs.search.matching(rulebooks));
  const byWords = hits.slice(0, 2).map(({ section }) => section);
  if (
    first !== undefined &&
    first.likeness >= thresholds.code &&
    (referred.length === 0 || first.likeness >= thresholds.sureCode)
  ) {
    const { claims, sections } = explainCode(docs, first.code, plain);
    const others = codes.slice(1).flatMap(({ code }) => docs.search.at(`error_codes/${code}.html`) ?? []);
    return {
      known: true,
      confidence: first.likeness,
      // The code, the next one, and the rule in whatever book: one of them is it.
      sections: [
        ...new Set([
          sections[0] as number,
          ...referred,
          ...others.slice(0, 1),
          ...byWords,
          ...sections.slice(1),
          ...others,
        ]),
      ],
      claims,
      help: [],
    };
  }
  const [best] = hits;
  if (referred.length === 0 && (best === undefined || best.coverage < thresholds.rule)) {
    return unknown(
      best?.coverage ?? 0,
      'no code and no rule speaks of it in these words',
      "the compiler's own notes are all there is",
    );
  }
  const maybe =
    first === undefined || first.likeness < thresholds.maybeCode
      ? []
      : [docs.search.at(first.page)].filter((one) => one !== null);
  const rules = [...new Set([...referred, ...byWords])];
  return {
    known: true,
    confidence: referred.length > 0 ? 1 : (best?.coverage ?? 0),
    sections: [...new Set([...rules.slice(0, 2), ...maybe, ...rules.slice(2)])],
    claims: rules.slice(0, 2).flatMap((section) => claim('rule', cite(docs, section, plain, 1))),
    help: [],
  };
}

/** A question in words. */
export function explainQuestion(docs: Docs, question: string): Answer {
  const features = docs.search.featuresIn(question);
  if (features.length > 0) {
    return unknown(
      0,
      `${features[0]} is a feature of nightly compilers`,
      'the unstable book has a page on it: rustup doc --unstable-book',
    );
  }
  const crates = crateNamesIn(question, (term) => docs.search.frequency(term));
  if (crates.length > 0) {
    return unknown(
      0,
      `${crates[0]} is a crate of its own, and its documentation is not here`,
      `cargo doc --open builds it where a crate depends on ${crates[0]}`,
    );
  }
  const hits = docs.search.search(question, 12);
  const confidence = confidenceOf(docs.search, question, hits);
  if (hits.length === 0 || confidence < thresholds.shown) {
    return unknown(
      confidence,
      'the installed documentation does not say it in words like these',
      'other words may find it: an error code, the path of an item, the name of a concept',
    );
  }
  const sections = unlike(
    docs,
    hits.map(({ section }) => section),
  );
  return {
    known: true,
    confidence,
    sections,
    claims: sections
      .slice(0, mostRules)
      .flatMap((section, index) => claim('rule', cite(docs, section, question, index === 0 ? 2 : 1))),
    help: [],
  };
}

/** Sections that begin in other words than each one before: `u8::from_str_radix` and its eleven likes are one answer. */
function unlike(docs: Docs, sections: readonly number[]): number[] {
  const leads = new Set<string>();
  return sections.filter((section) => {
    const lead = docs.search.place(section).item ? leadOf(docs, section).replace(/\W+/g, ' ').trim() : '';
    if (lead === '') return true;
    return !leads.has(lead) && leads.add(lead) !== undefined;
  });
}

/** What an item is: its signature and the first sentences of its documentation. */
export function explainItem(docs: Docs, path: string): Answer {
  const [first, ...others] = docs.search.items(path);
  if (first === undefined)
    return unknown(
      0,
      `the documentation of std, core and alloc has no item ${path}`,
      'for an item of a dependency: cargo doc --open',
    );
  const rest = others.slice(0, 2).map((section) => docs.search.place(section));
  return {
    known: true,
    confidence: 1,
    sections: [first, ...others],
    claims: [...claim('item', signature(docs, first)), ...claim('rule', cite(docs, first, path, 2))],
    help: rest.length === 0 ? [] : [`also: ${rest.map(({ titles }) => titles.join('::')).join(', ')}`],
  };
}

interface Quote {
  readonly text: string;
  readonly anchors: readonly Anchor[];
}

function claim(role: Claim['role'], quote: Quote | null): Claim[] {
  return quote === null ? [] : [{ role, text: quote.text, anchors: [...quote.anchors] }];
}

/**
 * Sections of the Reference, the Book and the Nomicon behind a code: those of the table, else those that speak of it in the same words,
 * where they show its failing blocks or its page refers to them rather than not.
 */
function rulesFor(docs: Docs, code: string, topic: string): number[] {
  const told = (rulePlaces[code] ?? []).flatMap((place) => docs.search.at(place) ?? []);
  if (told.length > 0) return told.slice(0, mostRules - 1);
  const known = new Set(docs.search.rulesOf(code));
  const hits = docs.search.search(topic, 40, undefined, docs.search.matching(rulebooks));
  // What an attribute does is behind an error only where the error's page shows one.
  const attributes = /#!?\[(?!derive)/.test(docs.sectionText(docs.search.at(`error_codes/${code}.html`) as number));
  const ranked = hits
    .filter(({ section }) => attributes || !/^reference\/attributes\b/.test(docs.search.place(section).page))
    .map(({ section, score }) => ({ section, score: known.has(section) ? score * 1.6 : score }))
    .sort((a, b) => b.score - a.score)
    .map(({ section }) => section);
  const pages = new Set<string>();
  return [...ranked, ...known]
    .filter((section) => {
      const { page } = docs.search.place(section);
      return !pages.has(page) && pages.add(page) !== undefined;
    })
    .slice(0, mostRules - 1);
}

function leadOf(docs: Docs, section: number): string {
  return sentencesOf(docs.sectionText(section))[0]?.text ?? '';
}

/** The sentences of a section that say most about `topic`: the first one counts a little more, and order is kept. */
function cite(docs: Docs, section: number, topic: string, most: number): Quote | null {
  const asked = new Set(termsOf(topic));
  const ranked = sentences(docs, section)
    .map((sentence, index) => ({
      sentence,
      score: overlap(docs, asked, sentence.text) + (index === 0 ? 1 : 0) - sentence.text.length / 400,
    }))
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ sentence }) => sentence)
    .sort((a, b) => a.from - b.from);
  return quote(docs, section, ranked);
}

/** What a page says to do: a sentence that tells, rather than one that describes. */
function advice(docs: Docs, section: number, topic: string): Quote | null {
  const asked = new Set(termsOf(topic));
  const telling =
    /\b(?:to (?:fix|solve|avoid|resolve|make|get)|instead|(?:you|we) (?:can|could|need|have to|must|should|may)|consider|use|try|must be|should be|need(?:s)? to|can be (?:fixed|solved|avoided)|add|ensure|make sure)\b/i;
  const found = sentences(docs, section)
    .slice(1)
    .map((sentence) => ({
      sentence,
      score:
        (sentence.text.match(new RegExp(telling, 'gi'))?.length ?? 0) * 3 +
        overlap(docs, asked, sentence.text) / 3 -
        sentence.text.length / 300,
    }))
    .filter(
      ({ sentence }) =>
        telling.test(sentence.text) && !/:$/.test(sentence.text) && !/^(?:Erroneous|Example)/.test(sentence.text),
    )
    .sort((a, b) => b.score - a.score)
    .slice(0, 1)
    .map(({ sentence }) => sentence);
  return quote(docs, section, found);
}

function sentences(docs: Docs, section: number) {
  const { text, from, to } = docs.section(section);
  return sentencesOf(text, from, to).filter(
    (one) =>
      one.text.length <= mostCharacters &&
      !/^(?:Erroneous code example|Example|Examples)s?:?$/.test(one.text) &&
      // A production of the Reference's grammar tells a person nothing.
      !/^(?:Syntax\b|[A-Z]\w+ → )/.test(one.text),
  );
}

function overlap(docs: Docs, asked: ReadonlySet<string>, text: string): number {
  let sum = 0;
  for (const term of new Set(termsOf(text))) if (asked.has(term)) sum += docs.search.idf(term) ?? 0;
  return sum;
}

function quote(
  docs: Docs,
  section: number,
  chosen: readonly { readonly text: string; readonly from: number; readonly to: number }[],
): Quote | null {
  if (chosen.length === 0) return null;
  const { page, titles, sha256 } = docs.search.place(section);
  const { text } = docs.section(section);
  return {
    text: chosen.map((one) => one.text).join(' '),
    anchors: chosen.map(({ from, to }) =>
      makeAnchor({ kind: 'doc', title: titles, source: page, text, from, to, sha256 }),
    ),
  };
}

/** An item's declaration: its heading, or the first block of code on its page. */
function signature(docs: Docs, section: number): Quote | null {
  const { text, from } = docs.section(section);
  const { item } = docs.search.place(section);
  const rest = text.slice(from);
  const found = item ? /^### ([^\n]+)/.exec(rest) : /```rust\n([\s\S]*?)\n```/.exec(rest.slice(0, 2000));
  if (found === null) return null;
  const inside = from + found.index + found[0].indexOf(found[1] as string);
  return quote(docs, section, [
    {
      text: (found[1] as string).replace(/\s+/g, ' ').slice(0, mostCharacters),
      from: inside,
      to: inside + (found[1] as string).length,
    },
  ]);
}
