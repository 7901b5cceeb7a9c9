// What test files import: uvu behind a front that cannot hide a failure.
//
// uvu keeps the order of tests and hooks. What passed is decided here, since uvu's runner drops a throwing hook and a
// thrown non-Error without a word. One file runs in one process (child.ts); many files, time-outs and the closing line
// are run.ts's work. There is no `only` and no `skip`: a test runs, or `needs` something that the machine lacks.
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { compare } from 'uvu/diff';
import { lacks, type Requirement } from './requirements.ts';

export { assert };

type Body = () => unknown;

interface Hook {
  (body: Body): void;
  each(body: Body): void;
}

export interface TestFront {
  (name: string, body: Body): void;
  /** A test that is left out, by name and with the reason, where a requirement does not work. */
  needs(requirement: Requirement | readonly Requirement[], name: string, body: Body): void;
  readonly before: Hook;
  readonly after: Hook;
}

/** What a file's process tells run.ts. Every planned test ends once, and `done` is the last word. */
export type TestEvent =
  | {
      readonly type: 'plan';
      readonly tests: readonly { readonly name: string; readonly skip: string | null }[];
      readonly timeoutMs: number | null;
    }
  | { readonly type: 'start'; readonly index: number }
  | { readonly type: 'end'; readonly index: number; readonly ms: number; readonly error: string | null }
  /** A failure that belongs to the file: a hook, an import, a rejection that nobody handled. */
  | { readonly type: 'fail'; readonly where: string; readonly error: string }
  | { readonly type: 'done' };

interface Declared {
  readonly name: string;
  readonly body: Body;
  readonly needs: readonly Requirement[];
}

const declared: Declared[] = [];
const hooks: Record<'before' | 'after' | 'beforeEach' | 'afterEach', Body[]> = {
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
};
let closed = false;

function declare(name: string, body: Body, needs: readonly Requirement[]): void {
  if (closed) throw new Error(`the test '${name}' was declared after the run began and would never run`);
  if (typeof body !== 'function') throw new TypeError(`the test '${name}' has no body`);
  declared.push({ name, body, needs });
}

function hook(all: Body[], each: Body[]): Hook {
  const add = (list: Body[]) => (body: Body) => {
    if (closed) throw new Error('a hook was declared after the run began and would never run');
    list.push(body);
  };
  return Object.assign(add(all), { each: add(each) });
}

export const test: TestFront = Object.assign((name: string, body: Body) => declare(name, body, []), {
  needs: (requirement: Requirement | readonly Requirement[], name: string, body: Body) =>
    declare(name, body, typeof requirement === 'string' ? [requirement] : requirement),
  before: hook(hooks.before, hooks.beforeEach),
  after: hook(hooks.after, hooks.afterEach),
});

/** Runs what the file declared. Never throws for a failing test or hook: `send` gets it. */
export async function runDeclared(send: (event: TestEvent) => void, timeoutMs: number | null): Promise<void> {
  closed = true;
  const planned = declared.map((each) => ({ ...each, skip: reasonToSkip(each.needs) }));
  send({ type: 'plan', tests: planned.map(({ name, skip }) => ({ name, skip })), timeoutMs });
  if (planned.length === 0) send({ type: 'fail', where: 'the file', error: 'declares no test' });

  const suite = await loadUvu();
  let broken = false;
  let current: { readonly index: number; readonly started: number; readonly errors: string[] } | null = null;
  const queue = planned.flatMap((each, index) => (each.skip === null ? [{ ...each, index }] : []));
  const guarded = (where: string, body: Body, failed: () => void) => async () => {
    try {
      await body();
    } catch (error) {
      failed();
      if (current === null) send({ type: 'fail', where, error: describe(error) });
      else current.errors.push(where === '' ? describe(error) : `${where}: ${describe(error)}`);
    }
  };
  const breakAll = () => {
    broken = true;
  };

  for (const body of hooks.before) suite.before(guarded('before', body, breakAll));
  let skipBody = false;
  let next = 0;
  suite.before.each(() => {
    const { index } = queue[next++] as { index: number };
    current = { index, started: performance.now(), errors: broken ? ['not run: a before hook failed'] : [] };
    skipBody = broken;
    send({ type: 'start', index });
  });
  const skipThis = () => {
    skipBody = true;
  };
  for (const body of hooks.beforeEach) suite.before.each(guarded('before.each', body, skipThis));
  for (const { name, body } of queue) {
    const run = guarded('', body, () => {});
    suite(name, async () => {
      if (!skipBody) await run();
    });
  }
  for (const body of hooks.afterEach) suite.after.each(guarded('after.each', body, () => {}));
  suite.after.each(() => {
    if (current === null) return;
    const { index, started, errors } = current;
    current = null;
    send({
      type: 'end',
      index,
      ms: performance.now() - started,
      error: errors.length === 0 ? null : errors.join('\n'),
    });
  });
  for (const body of hooks.after) suite.after(guarded('after', body, () => {}));

  if (queue.length > 0) await suite.finish();
  send({ type: 'done' });
}

function reasonToSkip(needs: readonly Requirement[]): string | null {
  for (const need of needs) {
    const why = lacks(need);
    if (why !== null) return `needs ${need}: ${why}`;
  }
  return null;
}

/** A fresh uvu suite, with `finish()` that runs it here rather than on uvu's timer, which would print its own totals. */
async function loadUvu() {
  const queue: (() => Promise<unknown>)[] = [];
  Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: [queue], UVU_INDEX: 0 });
  const { suite } = await import('uvu');
  const made = suite();
  const finish = async (): Promise<void> => {
    made.run();
    for (const run of queue) await run();
  };
  return Object.assign(made, { finish });
}

/** An error as a reader of the log needs it: message, difference, the lines of the stack that are the test's own. */
export function describe(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `threw what is not an Error: ${inspect(error)}`;
    const { details, actual, expected, hint } = error as Error & Record<string, unknown>;
    let difference = typeof details === 'string' ? details : '';
    if (difference === '' && error.name === 'AssertionError' && (actual !== undefined || expected !== undefined))
      difference = compare(actual, expected);
    const stack = (error.stack ?? '')
      .split('\n')
      .filter(
        (line) => /^\s+at /.test(line) && !/node:|\/node_modules\/|\/test\/support\/(harness|child)\.ts/.test(line),
      )
      .map((line) => line.replace(/\(?file:\/\//, (found) => (found.startsWith('(') ? '(' : '')));
    return [
      error.name === 'Assertion' ? error.message : `${error.name}: ${error.message}`,
      ...(typeof hint === 'string' ? [`hint: ${hint}`] : []),
      ...(difference === '' ? [] : [difference.trimEnd()]),
      ...stack,
      ...(error.cause === undefined ? [] : [`caused by ${describe(error.cause)}`]),
    ].join('\n');
  } catch {
    return 'threw a value that cannot be printed';
  }
}
