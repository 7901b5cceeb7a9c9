// What the compiler says about the failing blocks of the error index: the words by which a diagnostic is known without its
// code. The blocks are those of the installed documentation, and no code of a user's crate is near them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../process.ts';
import type { Message } from './build.ts';

export interface Block {
  readonly page: string;
  readonly code: string;
  readonly source: string;
  readonly edition: string;
}

/** One block takes rustc 40 to 90 ms. */
const timeMs = 10_000;
const mostNotes = 4;

/** Compiles each block and keeps what is said under its own code. A compiler that does not start gives nothing. */
export async function askCompiler(
  rustc: string,
  blocks: readonly Block[],
  options: { readonly signal?: AbortSignal; onProgress?(done: number, of: number): void } = {},
): Promise<Message[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rusta-docs-'));
  const messages: (Message | null)[] = [];
  let next = 0;
  let broken = false;
  const worker = async (): Promise<void> => {
    while (next < blocks.length && !broken) {
      const index = next++;
      options.signal?.throwIfAborted();
      options.onProgress?.(index, blocks.length);
      const block = blocks[index] as Block;
      const file = join(folder, `${index}.rs`);
      writeFileSync(file, block.source);
      try {
        messages[index] = await ask(rustc, block, file, options.signal);
      } catch (error) {
        if ((error as { code?: string }).code !== 'command-missing') throw error;
        broken = true;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return messages.filter((message) => message !== null && message !== undefined);
}

interface Said {
  readonly message: string;
  readonly code: { readonly code: string } | null;
  readonly level: string;
  readonly spans: readonly { readonly label: string | null }[];
  readonly children: readonly { readonly level: string; readonly message: string }[];
}

async function ask(rustc: string, block: Block, file: string, signal?: AbortSignal): Promise<Message | null> {
  const args = ['--edition', block.edition, '--emit=metadata', '--error-format=json', '-o', `${file}.out`, file];
  const result = await run(rustc, args, {
    cwd: join(file, '..'),
    timeMs,
    maxBytes: 256 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
  for (const line of result.stderr.split('\n')) {
    if (!line.startsWith('{')) continue;
    const said = JSON.parse(line) as Said;
    if (said.level !== 'error' || said.code?.code !== block.code) continue;
    return { code: block.code, page: block.page, text: messageText(said) };
  }
  return null;
}

/** A diagnostic as one line of words: message, labels, notes. */
export function messageText(said: Pick<Said, 'message' | 'spans' | 'children'>): string {
  const labels = said.spans.map(({ label }) => label).filter((label) => label !== null);
  const notes = said.children.slice(0, mostNotes).map(({ message }) => message.split('\n')[0] ?? '');
  return [said.message, ...new Set([...labels, ...notes])].join(' | ');
}

/** Words of a diagnostic with what is the user's own taken out: names and types in backticks, numbers. */
export function templateOf(text: string): string {
  return text.replace(/`[^`]*`/g, ' ').replace(/\d+/g, ' ');
}
