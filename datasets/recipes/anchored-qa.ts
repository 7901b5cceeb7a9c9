// Questions whose answer is a span of a page, with its anchor: made from the standard library's pages and the Nomicon. The
// same pages give the same questions. Pure; where they are written is cli/trainer/qa.ts's work.
import type { Anchor } from '../../schemas/types.ts';
import { makeAnchor } from '../../tools/docs/anchor.ts';
import { apiPath, type Page, type Section } from '../../tools/docs/extract.ts';
import { sentencesOf } from '../../tools/docs/sentences.ts';

export interface AnchoredQuestion {
  readonly question: string;
  /** The span's text, word by word. */
  readonly answer: string;
  readonly anchor: Anchor;
}

/** Characters of an answer: shorter says nothing, longer is no answer. */
const leastAnswer = 25;
const mostAnswer = 400;

/** What a heading within an item's text says about it. */
const asked: Readonly<Record<string, (name: string) => string>> = {
  Panics: (name) => `When does \`${name}\` panic?`,
  Errors: (name) => `When does \`${name}\` return an error?`,
  Safety: (name) => `What must hold for calling \`${name}\`?`,
};

/** Questions on one page, in its order; none for a page of another book. */
export function questionsOf(page: Page): AnchoredQuestion[] {
  if (apiPath(page.path) === null && !page.path.startsWith('nomicon/')) return [];
  return page.sections.flatMap((section) => {
    if (section.unstable) return [];
    return page.path.startsWith('nomicon/') ? chapterQuestions(page, section) : itemQuestions(page, section);
  });
}

function itemQuestions(page: Page, section: Section): AnchoredQuestion[] {
  const name = section.titles.join('::');
  const found: AnchoredQuestion[] = [];
  const parts = headed(page.text, section);
  const lead = parts.get('') ?? [];
  if (section.kind === 'item' || section.id === '')
    found.push(...question(page, section, `What is \`${name}\`, or what does it do?`, lead.slice(0, 1)));
  for (const [heading, phrase] of Object.entries(asked)) {
    found.push(...question(page, section, phrase(name), (parts.get(heading) ?? []).slice(0, 1)));
  }
  const result = lead.find(({ text }) => /^Returns? /.test(text));
  if (result !== undefined && result !== lead[0])
    found.push(...question(page, section, `What does \`${name}\` return?`, [result]));
  return found;
}

function chapterQuestions(page: Page, section: Section): AnchoredQuestion[] {
  const sentences = sentencesOf(page.text, section.start, section.end);
  const topic = section.titles.join(', ');
  const telling = sentences.filter(({ text }) =>
    /\b(?:must|cannot|can't|never|always|undefined behavior|only if|means that|is called|are called)\b/i.test(text),
  );
  return telling
    .slice(0, 3)
    .flatMap((sentence, index) =>
      question(
        page,
        section,
        index === 0
          ? `What does the Rustonomicon say about ${topic}?`
          : `What else does the Rustonomicon say about ${topic} (${index + 1})?`,
        [sentence],
      ),
    );
}

function question(
  page: Page,
  section: Section,
  text: string,
  spans: readonly { readonly text: string; readonly from: number; readonly to: number }[],
): AnchoredQuestion[] {
  const [span] = spans;
  if (span === undefined || span.text.length < leastAnswer || span.text.length > mostAnswer || /:$/.test(span.text))
    return [];
  const { from, to } = span;
  const anchor = makeAnchor({ kind: 'doc', title: section.titles, source: page.path, text: page.text, from, to });
  return [{ question: text, answer: span.text, anchor }];
}

/** Sentences of a section by the heading that they stand under, '' for those before the first. */
function headed(text: string, { start, end }: Section): Map<string, ReturnType<typeof sentencesOf>> {
  const parts = new Map<string, ReturnType<typeof sentencesOf>>();
  const marks = [...text.slice(start, end).matchAll(/^#{2,6} ([^\n]+)$/gm)]
    .filter(({ index }) => index > 0)
    .map((found) => ({ at: start + found.index, title: (found[1] as string).trim() }));
  const bounds = [{ at: start, title: '' }, ...marks];
  for (const [index, { at, title }] of bounds.entries()) {
    if (!parts.has(title)) parts.set(title, sentencesOf(text, at, bounds[index + 1]?.at ?? end));
  }
  return parts;
}
