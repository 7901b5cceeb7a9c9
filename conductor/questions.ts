// What a proposer asks, as a tool call, and what the tool answered, as the data of an observation. Places are indices of
// a text on the proposer's side and bytes in an action: the two meet here. Reading answers is proposers/support/asked.ts's.
import type { ActionBlock } from '../schemas/types.ts';
import { type ProbeContext, probeTypes, type TypeAnswer } from '../tools/cargo/probe-type.ts';
import type { CrateSources } from '../tools/index/modules.ts';
import { type NameKind, namesInScope } from '../tools/index/scope.ts';
import type { SourceFile } from '../tools/index/source.ts';
import type { ProbeRequest } from './types.ts';

/** Names kept of one answer, nearest first: the log holds it. */
const mostNames = 400;

/** `data` of a `probe_type` observation; `error` stands there instead of `type` where there is no answer. */
export interface TypeData {
  readonly file: string;
  /** Bytes, as in the action. */
  readonly start: number;
  readonly end: number;
  readonly want: 'type' | 'expected';
  readonly type?: string;
  readonly kind?: 'undetermined' | 'blocked';
  readonly error?: string;
}

/** One name of a `probe_names` observation; see `Name` of tools/index/scope.ts. */
export interface KnownName {
  readonly name: string;
  readonly kind: NameKind;
  readonly type: string | null;
  readonly distance: number;
  readonly path: string;
  /** Where its name is declared, in bytes; null for the prelude. */
  readonly declared: { readonly file: string; readonly start: number; readonly end: number } | null;
}

/** `data` of a `probe_names` observation. */
export interface NamesData {
  readonly file: string;
  readonly at: number;
  readonly names?: readonly KnownName[];
  readonly error?: string;
}

/** The action that asks `request` of the state `id`; `unit` is the rustc unit to ask, by name. */
export function questionAction(
  request: ProbeRequest,
  source: SourceFile | null,
  id: string,
  unit: string | undefined,
): ActionBlock {
  const byte = (index: number): number => source?.byteOfIndex(index) ?? index;
  const { file } = request;
  if (request.kind === 'names') return { v: 1, tool: 'probe_names', args: { state: id, file, at: byte(request.at) } };
  const want = request.want === 'expected' ? { want: request.want } : {};
  const args = { state: id, file, start: byte(request.start), end: byte(request.end), ...want };
  return { v: 1, tool: 'probe_type', args: { ...args, ...(unit === undefined ? {} : { unit }) } };
}

/** Answers the arguments of several `probe_type` actions over one state, in as few runs of rustc as do. */
export async function answerTypes(
  context: ProbeContext,
  asked: readonly Readonly<Record<string, unknown>>[],
): Promise<TypeData[]> {
  const places = asked.map((args) => ({
    file: args.file as string,
    start: args.start as number,
    end: args.end as number,
    want: args.want === 'expected' ? ('expected' as const) : ('type' as const),
  }));
  const requests = places.map((place) => {
    const source = context.source(place.file);
    return { file: place.file, want: place.want, ...(source?.range(place) ?? { start: place.start, end: place.end }) };
  });
  const answers = await probeTypes(context, requests);
  return places.map((place, index) => {
    const answer = answers[index] as TypeAnswer;
    return answer.kind === 'type'
      ? { ...place, type: answer.type }
      : { ...place, kind: answer.kind, error: answer.why };
  });
}

/** Answers the arguments of a `probe_names` action from the sources alone. */
export function answerNames(sources: CrateSources, args: Readonly<Record<string, unknown>>): NamesData {
  const [file, at] = [args.file as string, args.at as number];
  const source = sources.source(file);
  if (source === null) return { file, at, error: `no file ${file}` };
  return { file, at, names: namesAt(source, source.indexOfByte(at), sources) };
}

export function namesAt(source: SourceFile, index: number, sources: CrateSources): KnownName[] {
  return namesInScope(source, index, sources)
    .slice(0, mostNames)
    .map(({ name, kind, type, distance, path, declaredAt }) => {
      const where = declaredAt === null ? null : sources.source(declaredAt.file);
      const byte = (index: number): number => where?.byteOfIndex(index) ?? index;
      const declared = declaredAt && {
        file: declaredAt.file,
        start: byte(declaredAt.range.start),
        end: byte(declaredAt.range.end),
      };
      return { name, kind, type, distance, path, declared };
    });
}
