// Asks the world and journals it: every action before it runs, every answer after. Counts what it cost. What was merely decided
// is flushed with the action that follows from it, at the latest: forty flushes of a small repair took a tenth of its time.
import type { Diagnostic, EpisodeEvent, Observation } from '../schemas/types.ts';
import { actionId, printAction } from './actions.ts';
import type { SearchNode } from './search.ts';
import type { CrateState } from './state.ts';
import { warnedIn } from './warned.ts';
import type { Call, CheckData, PageData, TestData, Told, UnitId, World } from './world.ts';

/** Where events go: the DevLog, then whoever watches. Resolves when they are flushed. */
export interface Journal {
  append(events: readonly EpisodeEvent[]): Promise<void>;
}

/** What is wrong after a candidate; null where the check did not end. */
export type ErrorsAfter = readonly Diagnostic[] | null;

export class Recorder {
  readonly world: World;
  /** The error index's pages read so far, by code. */
  readonly pages: Map<string, PageData> = new Map();
  cargoRuns = 0;
  /** What was warned of in each state that compiles. */
  private readonly told = new Map<string, readonly Told[]>();
  private readonly journal: Journal;
  /** Events that are not flushed yet. */
  private pending: Promise<void> = Promise.resolve();

  constructor(world: World, journal: Journal) {
    this.world = world;
    this.journal = journal;
  }

  /** Journals events in this order, and waits for nothing: an error comes to light where somebody waits. */
  emit(...events: readonly EpisodeEvent[]): void {
    if (events.length === 0) return;
    const appended = this.journal.append(events);
    this.pending = Promise.all([this.pending, appended]).then(() => {});
    this.pending.catch(() => {});
  }

  /** Resolves when all that was journalled is flushed. */
  flushed(): Promise<void> {
    return this.pending;
  }

  /** Answers stand in the order of the calls. */
  async perform(calls: readonly Call[]): Promise<readonly Observation[]> {
    if (calls.length === 0) return [];
    this.emit(
      ...calls.map(
        ({ action }): EpisodeEvent => ({ v: 1, type: 'action', id: actionId(action), act: printAction(action) }),
      ),
    );
    await this.flushed();
    const answers = await this.world.perform(calls);
    this.emit(...answers.map((observation): EpisodeEvent => ({ v: 1, type: 'observation', observation })));
    for (const { data } of answers) if (typeof data.cargo_runs === 'number') this.cargoRuns += data.cargo_runs;
    return answers;
  }

  /** What the compiler says of each state: of one unit by rustc alone, or of all targets (null). */
  checks(states: readonly CrateState[], unit: UnitId | null): Promise<readonly CheckData[]> {
    return this.checksOf(
      states,
      states.map(() => unit),
    );
  }

  private async checksOf(
    states: readonly CrateState[],
    units: readonly (UnitId | null)[],
  ): Promise<readonly CheckData[]> {
    const scope = (unit: UnitId | null): Record<string, string> =>
      unit === null ? { scope: 'all' } : { scope: 'unit', unit: unit.id };
    const answers = await this.perform(
      states.map((state, index) => ({
        state,
        action: { v: 1, tool: 'cargo_check', args: { state: state.id, ...scope(units[index] ?? null) } },
      })),
    );
    const found = answers.map((answer) => answer.data as unknown as CheckData);
    for (const [index, { told }] of found.entries())
      if (told !== undefined) this.told.set((states[index] as CrateState).id, told);
    return found;
  }

  /** Warnings about values and about what runs, in the functions that a state changes. */
  warned(state: CrateState): number {
    return warnedIn(state, this.told.get(state.id) ?? []);
  }

  /**
   * Errors of each state: of the unit alone first, of all targets where that is clean. A clean unit says nothing of the other
   * targets and of the packages that depend on it. `lazily`: once one state is clean, those after it with a clean unit are
   * taken to be, until somebody asks whether one `compiles`. `elsewhere`: errors of other units, which an edit leaves.
   * `whole`: so many of the first states are likely enough to compile that all targets of them are checked at once.
   */
  async errorsAfter(
    states: readonly CrateState[],
    how: {
      readonly unit: UnitId | null;
      readonly elsewhere: readonly Diagnostic[];
      readonly lazily: boolean;
      readonly whole?: number;
    },
  ): Promise<ErrorsAfter[]> {
    const { unit, elsewhere, lazily, whole = 0 } = how;
    const asked = states.map((_, index) => (index < whole ? null : unit));
    const found = (await this.checksOf(states, asked)).map(({ failure, errors }, index): ErrorsAfter => {
      if (failure !== null) return null;
      return asked[index] === null ? errors : errors.length === 0 ? [] : [...errors, ...elsewhere];
    });
    if (unit === null || (lazily && found.slice(0, whole).some((errors) => errors?.length === 0))) return found;
    const clean = [...found.keys()].filter((index) => found[index]?.length === 0);
    const [best, ...others] = clean;
    for (const some of lazily && best !== undefined ? [[best], others] : [clean]) {
      const all = await this.checks(
        some.map((index) => states[index] as CrateState),
        null,
      );
      for (const [position, { failure, errors }] of all.entries())
        found[some[position] as number] = failure === null ? errors : null;
      if (found[some[0] as number]?.length === 0) break;
    }
    return found;
  }

  /** Whether all targets of a state compile. */
  async compiles(state: CrateState): Promise<boolean> {
    const { failure, errors } = await this.check(state);
    return failure === null && errors.length === 0;
  }

  async check(state: CrateState): Promise<CheckData> {
    const [data] = await this.checks([state], null);
    return data as CheckData;
  }

  /** Runs the tests of each state; `args` are those of `cargo_test` besides the state. */
  async tests(
    states: readonly CrateState[],
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly TestData[]> {
    const answers = await this.perform(
      states.map((state) => ({ state, action: { v: 1, tool: 'cargo_test', args: { state: state.id, ...args } } })),
    );
    return answers.map((answer) => answer.data as unknown as TestData);
  }

  /** Reads the error index's pages that a patch cites. */
  async readPages(node: SearchNode): Promise<void> {
    const codes = [...new Set(node.steps.map((step) => step.diagnostic.code ?? ''))].filter(
      (code) => /^E\d{4}$/.test(code) && !this.pages.has(code),
    );
    const answers = await this.perform(
      codes.map((code) => ({ state: node.state, action: { v: 1, tool: 'error_page', args: { code } } })),
    );
    for (const [index, answer] of answers.entries()) {
      if (answer.ok) this.pages.set(codes[index] as string, answer.data as unknown as PageData);
    }
  }
}

/** The unit to ask about an error's target: the one built with its tests, which sees the most code. */
export function unitFor(units: readonly UnitId[], diagnostic: Diagnostic): UnitId | null {
  const own = units.filter((unit) => belongs(diagnostic, unit));
  return own.find((unit) => unit.test) ?? own[0] ?? null;
}

export function belongs({ target }: Diagnostic, unit: UnitId): boolean {
  return target.package === unit.package && target.name === unit.name && target.kind === unit.kind;
}
