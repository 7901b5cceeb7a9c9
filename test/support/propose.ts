// A proposer's examples are its test: each is compiled, the questions that the proposer asks are put to rustc, one of its
// first drafts repairs it, and it is compiled again.
// Beside that, broken input must never make it throw, answer differently twice, or edit outside a file.
import { throughMacros } from '../../conductor/proposers/support/macro-view.ts';
import { answerNames, answerTypes, questionAction } from '../../conductor/questions.ts';
import type { Draft, Example, ProposeInput, Proposer } from '../../conductor/types.ts';
import type { Diagnostic, Edit, Observation } from '../../schemas/types.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { assert, test } from './harness.ts';
import { localWorker, unitOf } from './local-worker.ts';
import { diagnose, exampleFile } from './rustc.ts';

/** Drafts that an example may need to reach its `after`, when it does not say. */
const defaultWithin = 3;
/** Broken variants of each example that the proposer must survive. */
const brokenVariants = 4;
/** Errors of each example that broken variants are tried with. */
const brokenErrors = 2;

/** Registers one test for each example of `proposer`, and one for broken input. */
export function checkExamples(bare: Proposer): void {
  // As the table has it: what knows calls knows them among a macro's arguments too.
  const proposer = /^(?:syntax-|suggestions$|generic$)/.test(bare.name) ? bare : throughMacros(bare);
  for (const example of proposer.examples) {
    test.needs('cargo', `${proposer.name}: ${example.title}`, () => checkExample(proposer, example));
  }
  test.needs('cargo', `${proposer.name}: survives broken input, edits in range, answers the same twice`, async () => {
    assert.ok(proposer.examples.length > 0, 'a proposer has examples');
    await loadGrammar();
    for (const example of proposer.examples) await checkBroken(proposer, example);
  });
}

/** What `proposer` drafts for each root error of a text that it answers, its questions answered. */
export async function draftsOf(proposer: Proposer, before: string): Promise<Draft[]> {
  await loadGrammar();
  const errors = await errorsOf(before, undefined);
  const asked = errors.filter((error) => error.root === null && answers(proposer, error));
  const drafts: Draft[] = [];
  for (const error of asked)
    drafts.push(...(await proposer.propose(await answered(proposer, input(error, errors, before, {})))));
  return drafts;
}

async function checkExample(proposer: Proposer, example: Example): Promise<void> {
  await loadGrammar();
  const errors = await errorsOf(example.before, example.edition);
  assert.ok(errors.length > 0, 'before does not compile');
  const asked = errors.filter((error) => error.root === null && answers(proposer, error));
  assert.ok(asked.length > 0, `an error that it answers, among:\n${errors.map((error) => error.rendered).join('\n')}`);
  const seen: string[] = [];
  const within = example.within ?? defaultWithin;
  for (const error of asked) {
    const drafts = await proposer.propose(await answered(proposer, input(error, errors, example.before, example)));
    for (const [index, draft] of drafts.entries()) {
      const text = applyDraft(example.before, draft);
      seen.push(`--- ${error.code ?? 'no code'}, draft ${index + 1}: ${draft.title}\n${text}`);
      if (text !== example.after || index >= within) continue;
      const left = await errorsOf(example.after, example.edition);
      assert.is(left.map((one) => one.rendered).join('\n'), '', 'after compiles');
      return;
    }
  }
  const rendered = asked.map((error) => error.rendered).join('\n');
  assert.unreachable(
    `none of the first ${within} drafts gives\n${example.after}\nfor\n${rendered}\ndrafts:\n${seen.join('\n')}`,
  );
}

async function checkBroken(proposer: Proposer, example: Example): Promise<void> {
  const errors = (await errorsOf(example.before, example.edition)).filter((error) => answers(proposer, error));
  errors.splice(brokenErrors);
  const random = generator(example.before.length);
  for (let variant = 0; variant < brokenVariants; variant++) {
    const text = variant === 0 ? example.before : breakText(example.before, random);
    for (const error of errors) {
      const given = input(error, errors, text, example);
      assert.equal(proposer.probes?.(given), proposer.probes?.(given), 'the same input raises the same questions');
      const first = await proposer.propose(given);
      const second = await proposer.propose(input(error, errors, text, example));
      assert.equal(second, first, 'the same input gives the same drafts');
      for (const draft of first) checkEdits(text, draft);
    }
  }
}

function answers(proposer: Proposer, error: Diagnostic): boolean {
  return proposer.codes === 'any' || proposer.codes.includes(error.code);
}

async function errorsOf(text: string, edition: string | undefined): Promise<Diagnostic[]> {
  return (await diagnose(text, edition)).filter((diagnostic) => diagnostic.level === 'error');
}

function input(
  diagnostic: Diagnostic,
  errors: readonly Diagnostic[],
  text: string,
  example: Pick<Example, 'edition'>,
): ProposeInput {
  const file = new SourceFile(exampleFile, text);
  return {
    diagnostic,
    errors,
    source: (path) => (path === exampleFile ? file : null),
    files: [exampleFile],
    observations: [],
    edition: example.edition ?? '2021',
  };
}

/** Questions that an episode answers for one root cause. */
const mostQuestions = 4;

/** The input with the observations that the proposer asks for, answered by this machine's rustc. */
export async function answered(proposer: Proposer, given: ProposeInput): Promise<ProposeInput> {
  const actions = (proposer.probes?.(given) ?? [])
    .slice(0, mostQuestions)
    .map((request) => questionAction(request, given.source(request.file), '0'.repeat(16), undefined));
  if (actions.length === 0) return given;
  const types = actions.filter((action) => action.tool === 'probe_type');
  const names = actions.filter((action) => action.tool === 'probe_names');
  const worker = await localWorker();
  try {
    const text = given.source(exampleFile)?.text ?? '';
    const overlay = new Map([[exampleFile, Buffer.from(text)]]);
    const unit = unitOf(worker, exampleFile, 'lib', given.edition);
    const context = { worker, unit, overlay, source: given.source };
    const data = [
      ...(await answerTypes(
        context,
        types.map((action) => action.args),
      )),
      ...names.map((action) => answerNames(given, action.args)),
    ];
    const observations = [...types, ...names].map(
      ({ tool }, index): Observation => ({
        v: 1,
        action: '0'.repeat(16),
        tool,
        ok: data[index]?.error === undefined,
        elapsed_ms: 0,
        toolchain: '',
        data: { ...data[index] },
      }),
    );
    return { ...given, observations };
  } finally {
    await worker.close();
  }
}

/** Asserts that every edit lies in the text, on character boundaries, and that no two overlap. */
function checkEdits(text: string, draft: Draft): void {
  const bytes = Buffer.from(text);
  assert.ok(draft.edits.length > 0, `${draft.title}: a draft edits something`);
  let reached = 0;
  for (const edit of sorted(draft.edits)) {
    assert.is(edit.file, exampleFile, draft.title);
    assert.ok(edit.start >= reached && edit.start <= edit.end && edit.end <= bytes.length, `${draft.title}: in range`);
    for (const at of [edit.start, edit.end]) {
      assert.ok(((bytes[at] ?? 0) & 0xc0) !== 0x80, `${draft.title}: not inside a character`);
    }
    reached = edit.end;
  }
}

/** The text after a draft's edits. */
export function applyDraft(text: string, draft: Draft): string {
  checkEdits(text, draft);
  let bytes: Buffer = Buffer.from(text);
  for (const edit of sorted(draft.edits).reverse()) {
    bytes = Buffer.concat([bytes.subarray(0, edit.start), Buffer.from(edit.text), bytes.subarray(edit.end)]);
  }
  return bytes.toString('utf8');
}

function sorted(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Cuts, doubles, truncates or garbles a piece of the text: the compiler's spans then point at something else. */
function breakText(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const length = 1 + Math.floor(random() * 20);
  const garbage = ['{', '}', ')', '"', "'", 'é🦀', '/*', 'r#"', '\0', '\r\n'][Math.floor(random() * 10)] as string;
  const broken = [
    () => text.slice(0, at) + text.slice(at + length),
    () => text.slice(0, at) + text.slice(at, at + length) + text.slice(at),
    () => text.slice(0, at),
    () => text.slice(0, at) + garbage + text.slice(at),
  ];
  return (broken[Math.floor(random() * broken.length)] as () => string)();
}

/** Mulberry32: a small seeded generator, so that a failure repeats. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
