// `rusta explain`: what a code, a place, an item or a question is about, in sentences that are cited. What is asked is worked
// out here; which sentences answer it is tools/docs/explain.ts's work.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { FirstLook } from '../../conductor/first-look.ts';
import type { AnchorRecord } from '../../memory/anchors.ts';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Anchor, Claim, Diagnostic, ExplainAnswer, FirstRepair } from '../../schemas/types.ts';
import type { Project } from '../../tools/cargo/types.ts';
import { makeAnchor } from '../../tools/docs/anchor.ts';
import type { Answer } from '../../tools/docs/explain.ts';
import type { Docs } from '../../tools/docs/index/open.ts';
import { type Args, type Command, type Context, jsonFlag } from '../command.ts';
import { renderAnswer } from '../render/explanation.ts';
import type { Counter } from '../trainer/counter.ts';

export const explain: Command = {
  name: 'explain',
  describe: 'say what an error, a place in the code or an item is about, from the documentation, with citations',
  positionals: [
    {
      name: 'what',
      describe: "an error code, FILE:LINE[:COLUMN], an item's path or a question; without it the crate's errors",
      completes: 'path',
    },
  ],
  flags: [
    { name: 'why', kind: 'switch', describe: 'also list the anchors, with the text that each stands for' },
    { name: 'open', kind: 'switch', describe: 'open the installed page that is cited first' },
    { name: 'rebuild', kind: 'switch', describe: 'build the index of the documentation again' },
    { name: 'trust', kind: 'switch', describe: 'check the crate without isolation' },
    jsonFlag,
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [
    ['explain E0382', 'what the error means, and what to do'],
    ['explain src/main.rs:12', 'the error there, or the item that is named there'],
    ['explain Option::as_deref', 'what an item does'],
  ],

  async run(args, context): Promise<number> {
    const what = args.text('what');
    const asked = what === null ? ({ kind: 'crate', path: context.cwd } as const) : understand(what, context.cwd);
    try {
      return await answer(asked, args.on('rebuild'), args, context);
    } catch (error) {
      // A changed byte is met where it is read, which may be late: nothing was shown yet.
      if (!(error instanceof RustaError) || error.code !== 'index-damaged' || context.signal.aborted) throw error;
      return answer(asked, true, args, context);
    }
  },
};

async function answer(asked: Asked, rebuild: boolean, args: Args, context: Context): Promise<number> {
  const opened = await openIndex(rebuild, context);
  const found =
    asked.kind === 'crate' || asked.kind === 'place'
      ? await lookAt(asked, opened, args, context)
      : { what: asked.what, answers: [answerTo(asked, opened)], saw: [] as Said[] };
  return show(found, opened, args, context);
}

type Asked =
  | { readonly kind: 'code' | 'item' | 'question'; readonly what: string }
  | { readonly kind: 'crate'; readonly path: string }
  | { readonly kind: 'place'; readonly path: string; readonly line: number; readonly column: number | null };

/** A code, a place that exists, a path of an item, else a question. */
export function understand(what: string, cwd: string): Asked {
  if (/^e\d{4}$/i.test(what)) return { kind: 'code', what: what.toUpperCase() };
  const place = /^(.+?):(\d+)(?::(\d+))?$/.exec(what);
  if (place !== null && existsSync(resolve(cwd, place[1] as string))) {
    return {
      kind: 'place',
      path: resolve(cwd, place[1] as string),
      line: Number(place[2]),
      column: place[3] === undefined ? null : Number(place[3]),
    };
  }
  if (place !== null && /\.rs$/.test(place[1] as string)) {
    throw new RustaError(`there is no file ${place[1]}`, { code: 'path-missing', op: 'explain', exit: 'usage' });
  }
  const path = resolve(cwd, what);
  if (/^(?:\.|\/|.*\/)|\.rs$/.test(what) && existsSync(path)) return { kind: 'crate', path };
  if (what.trim() === '')
    throw new RustaError('what should be explained?', { code: 'usage', op: 'explain', exit: 'usage' });
  return { kind: /\s/.test(what.trim()) ? 'question' : 'item', what: what.trim() };
}

interface Opened {
  /** Null where no documentation is installed; `missing` says what to do about it. */
  readonly docs: Docs | null;
  readonly missing: RustaError | null;
  readonly notice: string | null;
}

async function openIndex(rebuild: boolean, { terminal, signal, cwd, services }: Context): Promise<Opened> {
  const [{ openDocs }, { findToolchain }, { cacheFolder }, { Counter }] = await Promise.all([
    import('../../tools/docs/index/open.ts'),
    import('../../tools/sandbox/toolchain.ts'),
    import('../../tools/sandbox/cache.ts'),
    import('../trainer/counter.ts'),
  ]);
  const toolchain = await findToolchain(await services.root(cwd));
  const counter = new Counter(terminal);
  try {
    const docs = await openDocs({
      cache: cacheFolder(),
      sysroot: toolchain.sysroot,
      rustc: toolchain.rustc,
      version: toolchain.version,
      signal,
      rebuild,
      onProgress: (done, of, page) => counter.say(`reading the documentation, once: ${done} of ${of}  ${page}`),
    });
    counter.end();
    const notice = otherVersion(docs.installed.version, toolchain.version);
    return { docs, missing: null, notice };
  } catch (error) {
    counter.end();
    if (error instanceof RustaError && error.code === 'docs-missing')
      return { docs: null, missing: error, notice: null };
    throw error;
  }
}

/** What to say where the documentation is not the compiler's: null where it is, or where either says no version. */
export function otherVersion(documented: string | null, compiler: string): string | null {
  const own = /\d+\.\d+\.\d+/.exec(compiler)?.[0] ?? null;
  return documented !== null && own !== null && documented !== own
    ? `the documentation is of Rust ${documented}, the compiler of ${own}`
    : null;
}

function answerTo(
  asked: { readonly kind: 'code' | 'item' | 'question'; readonly what: string },
  opened: Opened,
): (explainers: Explainers) => Answer {
  return (explainers) => {
    // Without documentation nothing but the compiler's own text is left, and these three have none.
    if (opened.docs === null) throw opened.missing as RustaError;
    if (asked.kind === 'code') return explainers.explainCode(opened.docs, asked.what);
    if (asked.kind === 'question') return explainers.explainQuestion(opened.docs, asked.what);
    return explainers.explainItem(opened.docs, asked.what);
  };
}

type Explainers = typeof import('../../tools/docs/explain.ts');

/** A line of the user's own, cited. */
interface Said {
  readonly claim: Claim;
  readonly records: readonly AnchorRecord[];
}

interface Found {
  readonly what: string;
  readonly saw: readonly Said[];
  readonly answers: readonly ((explainers: Explainers) => Answer)[];
  readonly help?: readonly string[];
  readonly repairs?: readonly FirstRepair[];
}

/** A check that has not answered by then builds dependencies: what the documentation alone says is shown first, ms. */
const patienceMs = 1500;

async function lookAt(
  asked: Asked & { readonly kind: 'crate' | 'place' },
  opened: Opened,
  args: Args,
  context: Context,
): Promise<Found> {
  const { docs } = opened;
  const [{ look }, { storeKey }, { openStore }, { Counter }] = await Promise.all([
    import('../../tools/cargo/look.ts'),
    import('../../conductor/fix.ts'),
    import('../../memory/store.ts'),
    import('../trainer/counter.ts'),
  ]);
  const counter = new Counter(context.terminal);
  const store = await openStore();
  let seen: Awaited<ReturnType<typeof look>>;
  let known: Pick<FirstLook, 'lessons' | 'habits'>;
  // A script waits for one object.
  const waiting = args.on('json')
    ? undefined
    : setTimeout(() => answerFromDocs(asked, opened, counter, context), patienceMs);
  try {
    seen = await look(asked.path, {
      trust: args.on('trust'),
      remembered: (project) => store.isTrusted(storeKey(project)),
      signal: context.signal,
      onProgress: (line) => counter.say(line),
      enough: ({ diagnostics }, project) =>
        diagnostics.some((one) =>
          asked.kind === 'crate' ? one.level === 'error' : isAt(one, project, asked.path, asked.line),
        ),
    });
    const key = storeKey(seen.project);
    known = { lessons: store.lessons(key), habits: store.habits(key) };
  } finally {
    clearTimeout(waiting);
    counter.end();
    await store.close();
  }
  const { project, result } = seen;
  const errors = result.diagnostics.filter(({ level, root }) => level === 'error' && root === null);
  if (result.failure !== null && errors.length === 0) {
    throw new RustaError(result.failure.message, {
      code: 'check-failed',
      op: 'explain',
      hint: result.failure.hint,
      exit: 'refused',
    });
  }
  const all = result.diagnostics.filter(({ level }) => level === 'error' || level === 'warning');
  const here = asked.kind === 'crate' ? errors : all.filter((one) => isAt(one, project, asked.path, asked.line));
  const shown = here.slice(0, mostErrors);
  if (shown.length > 0) {
    const more = here.length - shown.length;
    const command = `${context.call} fix ${relative(context.cwd, asked.path) || '.'}`;
    const { firstRepairs } = await import('../../conductor/first-look.ts');
    const repairs = await firstRepairs({
      project,
      errors: result.diagnostics.filter(({ level }) => level === 'error'),
      about: shown.filter(({ level }) => level === 'error'),
      ...known,
    });
    return {
      repairs: repairs.map(({ title, diff }) => ({ title, diff, command })),
      what: shown.length === 1 ? titleOf(shown[0] as Diagnostic) : `${shown.length} errors`,
      saw: shown.map((one) => whatTheCompilerSaw(one, project)),
      answers:
        docs === null ? [] : shown.map((one) => (explainers: Explainers) => explainers.explainDiagnostic(docs, one)),
      help: [
        ...shown.flatMap((one) => suggestionOf(one)),
        `${command} looks for a repair and proves it`,
        ...(more > 0 ? [`${more} more: ${context.call} explain FILE:LINE explains each`] : []),
      ],
    };
  }
  if (asked.kind === 'crate')
    return {
      what: relative(context.cwd, asked.path) || '.',
      saw: [],
      answers: [],
      help: ['it compiles: nothing is to be explained'],
    };
  const { itemAt } = await import('../../tools/docs/item-at.ts');
  const name = itemAt(readFileSync(asked.path, 'utf8'), asked.line, asked.column);
  if (name === null || docs === null)
    return {
      what: `${asked.path}:${asked.line}`,
      saw: [],
      answers: [],
      help: ['there is no error here, and no item is named'],
    };
  return { what: name, saw: [], answers: [(explainers) => explainers.explainItem(docs, name)] };
}

/**
 * What the documentation says before cargo is done: of the item that is named at the place, and where a whole crate is asked
 * about, of the items of std that its last edited file imports.
 */
function answerFromDocs(
  asked: Asked & { readonly kind: 'crate' | 'place' },
  opened: Opened,
  counter: Counter,
  context: Context,
): void {
  counter.end();
  const { terminal } = context;
  terminal.err('rusta: cargo is at work, which takes a while where dependencies are not built\n');
  const { docs } = opened;
  if (docs === null) return;
  void (async () => {
    const [{ importedIn, itemAt }, { lastEdited }, { explainItem }] = await Promise.all([
      import('../../tools/docs/item-at.ts'),
      import('../../tools/docs/last-edited.ts'),
      import('../../tools/docs/explain.ts'),
    ]);
    const path = asked.kind === 'place' ? asked.path : lastEdited(asked.path);
    if (path === null) return;
    const text = readFileSync(path, 'utf8');
    const names = asked.kind === 'place' ? [itemAt(text, asked.line, asked.column)] : importedIn(text);
    const known = names.flatMap((name) => {
      const said = name === null ? null : explainItem(docs, name);
      return name === null || said === null || !said.known ? [] : [{ name, said }];
    });
    if (known.length > 0 && asked.kind === 'crate')
      terminal.err(`rusta: meanwhile, what ${relative(context.cwd, path)}, edited last, imports:\n`);
    for (const { name, said } of known.slice(0, mostImports)) {
      const { claims, confidence, help } = said;
      const answer: ExplainAnswer = {
        v: 1,
        type: 'explanation',
        what: name,
        known: true,
        confidence,
        claims: [...claims],
        help: [...help],
        docs: docs.source,
      };
      terminal.out(renderAnswer(answer, [], false, terminal.outColors));
    }
    // A page that cannot be read is met again by the answer itself.
  })().catch(() => undefined);
}

/** Imported items told of while cargo builds. */
const mostImports = 3;

/** Errors of one answer: more would be read by nobody. */
const mostErrors = 3;

function titleOf({ code, message }: Diagnostic): string {
  return code === null ? message : `${code}: ${message}`;
}

function isAt(diagnostic: Diagnostic, project: Project, path: string, line: number): boolean {
  const { file } = project;
  return diagnostic.spans.some((span) => {
    const inside = file === undefined ? resolve(project.root, span.file) : span.file === file.inside ? file.path : '';
    return (
      inside === path && span.line <= line && line <= span.end_line && (span.primary || diagnostic.level === 'error')
    );
  });
}

function suggestionOf({ suggestions }: Diagnostic): string[] {
  const [first] = suggestions;
  return first === undefined ? [] : [`the compiler suggests: ${first.message}`];
}

/** The compiler's message, held against the user's own lines. */
function whatTheCompilerSaw(diagnostic: Diagnostic, project: Project): Said {
  const records: AnchorRecord[] = [];
  const anchors: Anchor[] = [];
  const source = `${project.toolchain.version} ${diagnostic.code ?? 'error'}`;
  const note = makeAnchor({
    kind: 'compiler-note',
    title: [diagnostic.message],
    source,
    text: diagnostic.message,
    from: 0,
    to: diagnostic.message.length,
  });
  anchors.push(note);
  records.push({ anchor: note, text: diagnostic.message, root: null });
  for (const span of diagnostic.spans.slice(0, 3)) {
    const path = project.file === undefined ? resolve(project.root, span.file) : project.file.path;
    if (!existsSync(path) || !statSync(path).isFile()) continue;
    const text = readFileSync(path, 'utf8');
    const bytes = Buffer.from(text);
    const from = bytes.subarray(0, span.start).toString('utf8').length;
    const to = from + bytes.subarray(span.start, span.end).toString('utf8').length;
    if (to <= from) continue;
    const anchor = makeAnchor({
      kind: 'code',
      title: [span.label ?? diagnostic.message],
      source: span.file,
      text,
      from,
      to,
    });
    anchors.push(anchor);
    records.push({
      anchor,
      text: text.slice(from, to),
      root: project.file === undefined ? project.root : resolve(path, '..'),
    });
  }
  const primary = diagnostic.spans.find((span) => span.primary);
  const where = primary === undefined ? '' : `${primary.file}:${primary.line}:${primary.column}: `;
  const labels = diagnostic.spans.flatMap(({ label, line }) => (label === null ? [] : [`line ${line}: ${label}`]));
  return { claim: { role: 'saw', text: [`${where}${titleOf(diagnostic)}`, ...labels].join('; '), anchors }, records };
}

async function show(found: Found, opened: Opened, args: Args, context: Context): Promise<number> {
  const explainers = await import('../../tools/docs/explain.ts');
  const answers = found.answers.map((answer) => answer(explainers));
  const claims: Claim[] = [];
  for (let index = 0; index < Math.max(found.saw.length, answers.length); index += 1) {
    claims.push(...[found.saw[index]?.claim].filter((one) => one !== undefined), ...(answers[index]?.claims ?? []));
  }
  const known =
    answers.length === 0 ? found.saw.length > 0 || found.help !== undefined : answers.some((answer) => answer.known);
  const { docs, missing, notice } = opened;
  const answer: ExplainAnswer = {
    v: 1,
    type: 'explanation',
    what: found.what,
    known,
    confidence: answers.length === 0 ? (known ? 1 : 0) : Math.max(...answers.map(({ confidence }) => confidence)),
    claims,
    help: [
      ...answers.flatMap(({ help }) => help),
      ...(found.help ?? []),
      ...(missing === null ? [] : [`the compiler's own text is all there is: ${missing.hint}`]),
      ...(notice === null ? [] : [notice]),
    ],
    ...(found.repairs === undefined ? {} : { repairs: [...found.repairs] }),
    docs: docs?.source ?? null,
  };
  const records = [
    ...found.saw.flatMap((said) => said.records),
    ...claims.flatMap(({ anchors, text }) =>
      anchors
        .filter(({ kind }) => kind === 'doc')
        .map((anchor) => ({ anchor, text: docs === null ? text : spanOf(docs, anchor), root: null })),
    ),
  ];
  await remember(records);
  if (args.on('json')) context.terminal.out(`${JSON.stringify(answer)}\n`);
  else context.terminal.out(renderAnswer(answer, records, args.on('why'), context.terminal.outColors));
  if (args.on('open')) await openPage(docs, claims, context);
  return known ? exitCodes.ok : exitCodes.notFixed;
}

function spanOf(docs: Docs, anchor: Anchor): string {
  const section = docs.search.at(anchor.source);
  return section === null ? '' : docs.pageBytes(section).toString('utf8', anchor.start, anchor.end);
}

/** A store that cannot be written keeps nobody from reading the answer. */
async function remember(records: readonly AnchorRecord[]): Promise<void> {
  if (records.length === 0) return;
  const { openStore } = await import('../../memory/store.ts');
  const store = await openStore();
  try {
    await store.putAnchors(records);
  } finally {
    await store.close();
  }
}

async function openPage(docs: Docs | null, claims: readonly Claim[], { terminal }: Context): Promise<void> {
  const first = claims.flatMap(({ anchors }) => anchors).find(({ kind }) => kind === 'doc');
  if (docs === null || first === undefined) {
    terminal.err('rusta: there is no page to open\n');
    return;
  }
  const { openFile } = await import('../../tools/docs/browser.ts');
  await openFile(resolve(docs.installed.root, first.source));
}
