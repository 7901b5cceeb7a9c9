// The syntax probe: bodies of held-out functions are written by the model, and judged by a parser. What is judged is form alone.
import { type Node, SourceFile } from '../../../tools/index/source.ts';
import { hash32 } from '../../collate/random.ts';

/** Bodies of fewer lines say little. */
export const shortestBody = 8;

export interface BodyTask {
  readonly file: string;
  /** The file up to the opening brace, with it. */
  readonly prompt: string;
  /** The function's own head, brace included: what a completion is parsed after. */
  readonly head: string;
  /** The original, closing brace included. */
  readonly body: string;
}

/** Functions of a file with bodies of at least `shortestBody` lines, no function inside another. Needs `loadGrammar()`. */
export function bodyTasks(file: string, text: string): readonly BodyTask[] {
  const source = new SourceFile(file, text);
  const tasks: BodyTask[] = [];
  const visit = (node: Node): void => {
    const body = node.type === 'function_item' ? node.childForFieldName('body') : null;
    if (body !== null) {
      const whole = text.slice(body.startIndex + 1, body.endIndex);
      if (!node.hasError && whole.split('\n').length - 1 >= shortestBody)
        tasks.push({
          file,
          prompt: text.slice(0, body.startIndex + 1),
          head: text.slice(node.startIndex, body.startIndex + 1),
          body: whole,
        });
      return;
    }
    for (const child of node.namedChildren) if (child !== null) visit(child);
  };
  visit(source.root);
  source.dispose();
  return tasks;
}

export interface BodyVerdict {
  /** The completion up to the brace that ends the function; null where none does without an error before it. */
  readonly body: string | null;
  readonly why: 'parsed' | 'error' | 'unterminated';
}

/** Whether what was written closes the function and parses. Text after the closing brace is not looked at. */
export function judgeBody(task: BodyTask, completion: string): BodyVerdict {
  for (let at = completion.indexOf('}'); at >= 0; at = completion.indexOf('}', at + 1)) {
    const body = completion.slice(0, at + 1);
    const source = new SourceFile('', task.head + body);
    const item = source.root.namedChildren[0];
    const fits =
      !source.root.hasError &&
      source.root.namedChildCount === 1 &&
      item?.type === 'function_item' &&
      item.endIndex === source.text.length;
    source.dispose();
    if (fits) return { body, why: 'parsed' };
  }
  return { body: null, why: closes(completion) ? 'error' : 'unterminated' };
}

/** Whether the braces close, strings and comments not considered: only the reason of a failure depends on it. */
function closes(text: string): boolean {
  let depth = 1;
  for (const char of text) {
    if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    if (depth === 0) return true;
  }
  return false;
}

export interface BodyFigures {
  readonly tasks: number;
  readonly parsed: number;
  readonly error: number;
  readonly unterminated: number;
  /** Median length of those that parsed over the median of the originals, bytes. */
  readonly lengthRatio: number;
}

export function bodyFigures(tasks: readonly BodyTask[], verdicts: readonly BodyVerdict[]): BodyFigures {
  const count = (why: BodyVerdict['why']) => verdicts.filter((verdict) => verdict.why === why).length;
  const bytes = (texts: readonly string[]) => median(texts.map((text) => Buffer.byteLength(text)));
  const originals = bytes(tasks.map(({ body }) => body));
  const written = bytes(verdicts.flatMap(({ body }) => (body === null ? [] : [body])));
  return {
    tasks: tasks.length,
    parsed: count('parsed'),
    error: count('error'),
    unterminated: count('unterminated'),
    lengthRatio: originals === 0 ? 0 : written / originals,
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** At most `count` of them, spread over all by a seed, in the order of the list. */
export function drawn<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  if (all.length <= count) return all;
  const ranked = all.map((item, index) => ({ item, index, rank: hash32(seed, index) }));
  const kept = ranked.sort((a, b) => a.rank - b.rank).slice(0, count);
  return kept.sort((a, b) => a.index - b.index).map(({ item }) => item);
}
