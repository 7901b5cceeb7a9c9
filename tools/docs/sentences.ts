// Sentences of a page's text with where they stand: what may be cited word by word. Code, headings and tables are none. Pure.

export interface Sentence {
  readonly text: string;
  /** Span in the text, UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Number of the paragraph in the text. */
  readonly paragraph: number;
}

/** Ends of sentences that are none: `e.g.`, `i.e.`, `etc.`, `vs.`. */
const abbreviations = /(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|approx)|\b[A-Z])\.$/;

export function sentencesOf(text: string, from: number = 0, to: number = text.length): Sentence[] {
  const sentences: Sentence[] = [];
  let paragraph = 0;
  let fenced = false;
  for (let at = from; at < to; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 || newline > to ? to : newline;
    const line = text.slice(at, end);
    if (line.startsWith('```')) fenced = !fenced;
    else if (!fenced && line.trim() !== '' && !/^#+ |^\|| \| /.test(line)) {
      const lead = /^(?:- |\d+\. )?/.exec(line)?.[0].length ?? 0;
      addLine(line.slice(lead), at + lead, paragraph, sentences);
    }
    if (line.trim() === '') paragraph += 1;
    at = end + 1;
  }
  return sentences;
}

function addLine(line: string, at: number, paragraph: number, sentences: Sentence[]): void {
  let start = 0;
  const boundary = /[.!?](?:[)”"’]|`)?(?=\s+[A-Z`“"(&])|[.!?:]$/g;
  for (let found = boundary.exec(line); found !== null; found = boundary.exec(line)) {
    const end = found.index + found[0].length;
    if (abbreviations.test(line.slice(start, end))) continue;
    push(start, end);
    start = end;
  }
  push(start, line.length);

  function push(first: number, end: number): void {
    const text = line.slice(first, end);
    const trimmed = text.trim();
    if (trimmed.length < 3) return;
    const from = at + first + text.indexOf(trimmed);
    sentences.push({ text: trimmed, from, to: from + trimmed.length, paragraph });
  }
}
