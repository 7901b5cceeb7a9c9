// One file through the real compiler, for tests of proposers: its diagnostics, normalised as the tree knows them.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shortHash } from '../../schemas/hash.ts';
import type { Diagnostic, Edit, Span, Suggestion } from '../../schemas/types.ts';

/** The path that diagnostics of `diagnose` name. */
export const exampleFile = 'src/lib.rs';

interface RustcSpan {
  byte_start: number;
  byte_end: number;
  line_start: number;
  line_end: number;
  column_start: number;
  column_end: number;
  is_primary: boolean;
  label: string | null;
  suggested_replacement: string | null;
  suggestion_applicability: Suggestion['applicability'] | null;
  expansion: { span: RustcSpan } | null;
}

interface RustcMessage {
  message: string;
  code: { code: string } | null;
  level: string;
  spans: RustcSpan[];
  children: RustcMessage[];
  rendered: string | null;
}

/** Checks `text` as a library; every diagnostic that rustc prints, in its order. */
export async function diagnose(text: string, edition = '2021'): Promise<Diagnostic[]> {
  const dir = await mkdtemp(join(tmpdir(), 'rusta-example-'));
  try {
    const path = join(dir, 'lib.rs');
    await writeFile(path, text);
    const argv = ['--edition', edition, '--crate-type', 'lib', '--crate-name', 'example', '--emit=metadata'];
    argv.push('--error-format=json', '--diagnostic-width=1000', '-A', 'warnings', '-o', join(dir, 'out'), path);
    const stderr = await new Promise<string>((resolve, reject) => {
      const child = spawn('rustc', argv, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
      const chunks: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', reject);
      child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    return stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => normalise(JSON.parse(line) as RustcMessage))
      .filter((diagnostic) => diagnostic.spans.length > 0);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function normalise(message: RustcMessage): Diagnostic {
  const code = message.code?.code ?? null;
  return {
    v: 1,
    id: shortHash(code ?? '', message.message, String(message.spans[0]?.byte_start)),
    code,
    level: message.level.startsWith('error') ? 'error' : (message.level as Diagnostic['level']),
    message: message.message,
    class: code === null ? 'syntax' : 'resolution',
    target: { package: 'example', name: 'example', kind: 'lib' },
    spans: message.spans.map(span),
    notes: message.children
      .filter((child) => !child.spans.some((at) => at.suggested_replacement !== null))
      .map((child) => ({
        level: child.level as 'note' | 'help',
        message: child.message,
        spans: child.spans.map(span),
      })),
    suggestions: message.children.flatMap(suggestions),
    rendered: message.rendered ?? '',
    root: null,
  };
}

function span(from: RustcSpan): Span {
  let at = from;
  while (at.expansion !== null) at = at.expansion.span;
  return {
    file: exampleFile,
    start: at.byte_start,
    end: at.byte_end,
    line: at.line_start,
    column: at.column_start,
    end_line: at.line_end,
    end_column: at.column_end,
    primary: from.is_primary,
    label: from.label,
    expansion: from.expansion !== null,
  };
}

/** Alternatives come flattened: spans that begin again where an earlier one stood start a new alternative. */
function suggestions(child: RustcMessage): Suggestion[] {
  const spans = child.spans.filter((at) => at.suggested_replacement !== null);
  const groups: RustcSpan[][] = [];
  for (const at of spans) {
    const last = groups.at(-1);
    const first = last?.[0];
    if (last === undefined || (first?.byte_start === at.byte_start && first.byte_end === at.byte_end))
      groups.push([at]);
    else last.push(at);
  }
  return groups.map((group) => ({
    message: child.message,
    applicability: group[0]?.suggestion_applicability ?? 'Unspecified',
    edits: group.map(
      (at): Edit => ({
        file: exampleFile,
        start: at.byte_start,
        end: at.byte_end,
        text: at.suggested_replacement ?? '',
      }),
    ) as Suggestion['edits'],
  }));
}
