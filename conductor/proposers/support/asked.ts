// What the compiler and the index were asked before proposing, as proposers read it. Without an answer each falls back on
// what the source says. Which questions are worth asking is each proposer's own.
import type { SourceFile, TextRange } from '../../../tools/index/source.ts';
import { type KnownName, type NamesData, namesAt, type TypeData } from '../../questions.ts';
import type { ProbeRequest, ProposeInput } from '../../types.ts';
import { parseType, type RustType } from './rust-type.ts';

/** The question for the type of what stands at `range`, or for the type that its context expects. */
export function typeQuestion(file: SourceFile, range: TextRange, want: 'type' | 'expected' = 'type'): ProbeRequest {
  const place = { kind: 'type', file: file.path, start: range.start, end: range.end } as const;
  return want === 'expected' ? { ...place, want } : place;
}

export function namesQuestion(file: SourceFile, at: number): ProbeRequest {
  return { kind: 'names', file: file.path, at };
}

/** The type that the compiler gave for the expression or binding at `range`; null where it was not asked or did not say. */
export function askedType(input: ProposeInput, file: SourceFile, range: TextRange): RustType | null {
  return answered(input, file, range, 'type');
}

/** The type that the context of `range` expects, as the compiler gave it. */
export function askedExpected(input: ProposeInput, file: SourceFile, range: TextRange): RustType | null {
  return answered(input, file, range, 'expected');
}

function answered(input: ProposeInput, file: SourceFile, range: TextRange, want: TypeData['want']): RustType | null {
  const [start, end] = [file.byteOfIndex(range.start), file.byteOfIndex(range.end)];
  for (const { tool, data } of input.observations) {
    if (tool !== 'probe_type') continue;
    const answer = data as unknown as TypeData;
    if (answer.file !== file.path || answer.start !== start || answer.end !== end || answer.want !== want) continue;
    return answer.type === undefined ? null : parseType(answer.type);
  }
  return null;
}

/** The names in scope at an index: the answer to `namesQuestion`, else what the same index says now. */
export function askedNames(input: ProposeInput, file: SourceFile, at: number): readonly KnownName[] {
  const byte = file.byteOfIndex(at);
  for (const { tool, data } of input.observations) {
    if (tool !== 'probe_names') continue;
    const answer = data as unknown as NamesData;
    if (answer.file === file.path && answer.at === byte && answer.names !== undefined) return answer.names;
  }
  return namesAt(file, at, input);
}
