// Answers of a model to a probe, kept in a file as they come, so that a long probe that was stopped goes on where it was. A line
// that was cut off is left out. What is asked, and what an answer is worth, is the probe's.
import { appendFile, readFile } from 'node:fs/promises';
import { shortHash } from '../../../schemas/hash.ts';

export interface Answers {
  /** The answer to a question by its parts; asked for where it is not there. */
  of(parts: readonly string[], ask: () => Promise<string>): Promise<string>;
}

/** Keeps nothing. */
export const freshAnswers: Answers = { of: (_, ask) => ask() };

/** @param model whose answers they are: those of another one in the same file are not taken. */
export async function keptAnswers(path: string, model: string): Promise<Answers> {
  const known = new Map<string, string>();
  const text = await readFile(path, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    try {
      const { key, answer } = JSON.parse(line) as { readonly key?: unknown; readonly answer?: unknown };
      if (typeof key === 'string' && typeof answer === 'string') known.set(key, answer);
    } catch {}
  }
  // What was cut off must not swallow the next line.
  if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n');
  return {
    async of(parts, ask) {
      const key = shortHash(model, ...parts);
      const answer = known.get(key) ?? (await ask());
      if (!known.has(key)) await appendFile(path, `${JSON.stringify({ key, answer })}\n`);
      known.set(key, answer);
      return answer;
    },
  };
}
