// The infill probe: single lines of held-out files, taken out and asked for again. A line counts only where the file does not hold it
// elsewhere, so that copying cannot answer; how far copying the nearest line comes is told beside it.

/** Shorter lines are guessed. Characters, without the white space around. */
export const shortestLine = 12;

export type LineKind =
  | 'binding'
  | 'call'
  | 'control'
  | 'signature'
  | 'import'
  | 'field'
  | 'arm'
  | 'comment'
  | 'attribute'
  | 'other';

export interface LineTask {
  readonly file: string;
  readonly kind: LineKind;
  /** Everything before the line's text: its indentation stands at the end. */
  readonly prefix: string;
  /** The line, without its indentation and line break. */
  readonly line: string;
  /** Everything after, from the line break on. */
  readonly suffix: string;
}

/** Lines of a file that can be asked for. */
export function lineTasks(file: string, text: string): readonly LineTask[] {
  const lines = text.split('\n');
  const seen = new Map<string, number>();
  for (const line of lines) seen.set(line.trim(), (seen.get(line.trim()) ?? 0) + 1);
  const tasks: LineTask[] = [];
  let at = 0;
  for (const line of lines) {
    const trimmed = line.trim();
    if (trimmed.length >= shortestLine && seen.get(trimmed) === 1) {
      const start = at + line.indexOf(trimmed);
      tasks.push({
        file,
        kind: kindOf(trimmed),
        prefix: text.slice(0, start),
        line: trimmed,
        suffix: text.slice(start + trimmed.length),
      });
    }
    at += line.length + 1;
  }
  return tasks;
}

/** By its first words, as a reader would sort it: a label of the table, which nothing else depends on. */
export function kindOf(line: string): LineKind {
  if (line.startsWith('//') || line.startsWith('/*') || line.startsWith('*')) return 'comment';
  if (line.startsWith('#')) return 'attribute';
  if (line.startsWith('let ')) return 'binding';
  if (/^(pub(\([a-z]+\))? )?(use|mod|extern) /.test(line)) return 'import';
  if (/^(pub(\([a-z]+\))? )?(const |async |unsafe )*(fn|struct|enum|trait|impl|type)\b/.test(line)) return 'signature';
  if (/^(\} )?(if|else|for|while|loop|match|return)\b/.test(line)) return 'control';
  if (line.includes('=>')) return 'arm';
  if (/^(pub(\([a-z]+\))? )?\w+: .+,$/.test(line)) return 'field';
  return /[\w!>]\(.*\)?/.test(line) ? 'call' : 'other';
}

/** Another line of the file: the one after whichever line is most like the line before the hole. */
export function copiedLine({ prefix, suffix }: LineTask): string {
  const before = prefix.split('\n').slice(0, -1);
  const wanted = words((before[before.length - 1] ?? '').trim());
  const lines = [...before, ...suffix.split('\n').slice(1)];
  let best = { score: -1, line: '' };
  for (let index = 0; index + 1 < lines.length; index += 1) {
    if (index === before.length - 1) continue;
    const next = (lines[index + 1] as string).trim();
    const score = overlap(wanted, words((lines[index] as string).trim()));
    if (next.length >= shortestLine && score > best.score) best = { score, line: next };
  }
  return best.line;
}

function words(line: string): ReadonlySet<string> {
  return new Set(line.match(/\w+/g) ?? []);
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}
