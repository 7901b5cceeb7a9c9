// Makes cases by putting faults into sound crates: each fault breaks the build, and a passing test reaches its line. One
// crate at a time and deterministic from a seed, so that what is done need not be done again.
import { apart, Draw, faulty, type Place, panicking, placesIn, reachOf, splitTests } from '../../../datasets/faults.ts';
import { shortHash } from '../../../schemas/hash.ts';
import { isError } from '../../../tools/cargo/causes.ts';
import type { RustcUnit } from '../../../tools/cargo/types.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { passed } from '../facts.ts';
import { type CaseMeta, type Texts, withHidden } from '../layout.ts';
import { Workbench } from '../workbench.ts';
import type { SourceCrate } from './crates.ts';

export interface FaultOptions {
  readonly seed: string;
  /** Faults in one case. */
  readonly count: number;
  /** Cases wanted of a crate. */
  readonly size: number;
  readonly signal: AbortSignal;
}

export interface MadeCase {
  readonly name: string;
  readonly broken: Texts;
  /** Laid over `broken`, the sound crate without its tests. */
  readonly fixed: Texts;
  readonly hidden: Texts;
  readonly meta: CaseMeta;
}

export interface MadeOfCrate {
  /** Why nothing can be made of it; null otherwise. */
  readonly unusable: string | null;
  readonly cases: number;
  /** Faults that were tried, those that still compile, and those that no passing test reaches. */
  readonly tried: number;
  readonly harmless: number;
  readonly unreached: number;
  /** First root errors of the cases, by code. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Rounds of leaving out integration tests that do not build without the crate's development dependencies. */
const mostTestRounds = 4;
/** Faults tried for each one that is wanted: of some crates most slips are harmless, and no more of them help. */
const mostTriesPerFault = 8;

/** Makes the cases of one crate, handing over each as it is found. */
export async function makeFaults(
  crate: SourceCrate,
  options: FaultOptions,
  onCase: (made: MadeCase) => Promise<void>,
): Promise<MadeOfCrate> {
  await loadGrammar();
  const unusable = (why: string): MadeOfCrate => ({
    unusable: why,
    cases: 0,
    tried: 0,
    harmless: 0,
    unreached: 0,
    codes: {},
  });
  if (crate.texts === null) return unusable(crate.why ?? '');
  const sources = new Map(
    [...crate.texts].filter(([path]) => path.endsWith('.rs')).map(([path, bytes]) => [path, text(bytes)]),
  );
  const split = splitTests(sources);
  if (split.hidden.size === 0) return unusable('it has no tests');
  const rest = [...crate.texts].filter(([path]) => !path.endsWith('.rs') && !path.startsWith('tests/'));
  const base: Texts = new Map([...rest, ...bytes(split.base)]);
  const besideTests = [...crate.texts].filter(([path]) => !path.endsWith('.rs') && path.startsWith('tests/'));
  const bench = await Workbench.open('crate', base, { signal: options.signal });
  try {
    const sound = await bench.check(base);
    const unit = sound.units.find(({ target, test }) => target.kind === 'lib' && !test);
    if (!sound.ok)
      return unusable(
        `it does not compile here: ${sound.diagnostics.find(isError)?.message ?? sound.failure?.message}`,
      );
    if (unit === undefined) return unusable('it has no library');
    const tests = await soundTests(bench, base, new Map([...besideTests, ...bytes(split.hidden)]));
    if (typeof tests === 'string') return unusable(tests);
    return await new Maker(crate, base, split.base, tests, bench, unit, options, onCase).make();
  } finally {
    await bench.close();
  }
}

interface Tests {
  readonly hidden: Texts;
  readonly passing: readonly string[];
}

/** The hidden tests that build and pass on the sound crate; why there are none. */
async function soundTests(bench: Workbench, base: Texts, all: Texts): Promise<Tests | string> {
  const hidden = new Map(all);
  for (let round = 0; round < mostTestRounds; round += 1) {
    const report = await bench.tests(withHidden(base, hidden, 'crate'));
    const failing = report.outcomes.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'ignored');
    const broken = report.built ? failing : report.diagnostics.filter(isError);
    if (report.built && failing.length === 0) {
      const passing = passed(report);
      return passing.length === 0 ? 'it has no tests that run' : { hidden, passing };
    }
    // An integration test may need what is not there, or a machine that this is not: it goes, as a whole file.
    const files = broken.filter(({ target }) => target.kind === 'test').map(({ target }) => target.name);
    if (files.length < broken.length || files.length === 0) {
      const [first] = broken;
      const what =
        first === undefined ? (report.failure?.message ?? '') : 'message' in first ? first.message : first.name;
      return report.built ? `its tests fail here: ${what}` : `its tests do not build without its dependencies: ${what}`;
    }
    for (const name of files) for (const path of [`tests/${name}.rs`, `tests/${name}/main.rs`]) hidden.delete(path);
    if (![...hidden.keys()].some((path) => path.endsWith('.rs') || path.endsWith('.append')))
      return 'it has no tests of its own that run';
  }
  return 'its tests do not settle';
}

/** A fault that is good for a case. */
interface Fault {
  readonly place: Place;
  readonly code: string | null;
}

class Maker {
  private readonly crate: SourceCrate;
  private readonly base: Texts;
  private readonly sources: ReadonlyMap<string, string>;
  private readonly tests: Tests;
  private readonly bench: Workbench;
  private readonly unit: RustcUnit;
  private readonly options: FaultOptions;
  private readonly onCase: (made: MadeCase) => Promise<void>;
  private readonly reached = new Map<string, Promise<boolean>>();
  private readonly codes = new Map<string, number>();
  private tried = 0;
  private harmless = 0;
  private unreached = 0;
  private made = 0;

  constructor(
    crate: SourceCrate,
    base: Texts,
    sources: ReadonlyMap<string, string>,
    tests: Tests,
    bench: Workbench,
    unit: RustcUnit,
    options: FaultOptions,
    onCase: (made: MadeCase) => Promise<void>,
  ) {
    this.crate = crate;
    this.base = base;
    this.sources = sources;
    this.tests = tests;
    this.bench = bench;
    this.unit = unit;
    this.options = options;
    this.onCase = onCase;
  }

  async make(): Promise<MadeOfCrate> {
    const { seed, count, size, signal } = this.options;
    const files = new Map([...this.sources].filter(([path]) => path.startsWith('src/') || !path.includes('/')));
    const draw = new Draw(placesIn(files), size * count, `${seed} ${this.crate.name}`);
    const waiting: Fault[] = [];
    const mostTries = mostTriesPerFault * size * count;
    for (let place = draw.next(); place !== null && this.made < size && !signal.aborted; place = draw.next()) {
      if (this.tried === mostTries) break;
      this.tried += 1;
      const code = await this.codeOf([place]);
      if (code === undefined) this.harmless += 1;
      if (!draw.wants(code) || code === undefined) continue;
      if (!(await this.isReached(place))) {
        this.unreached += 1;
        continue;
      }
      draw.take(code);
      waiting.push({ place, code });
      const chosen = this.combine(waiting);
      if (chosen !== null) await this.write(chosen);
    }
    const codes = Object.fromEntries([...this.codes].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      unusable: null,
      cases: this.made,
      tried: this.tried,
      harmless: this.harmless,
      unreached: this.unreached,
      codes,
    };
  }

  /** Takes `count` faults that stand apart out of those that wait; null while there are too few. */
  private combine(waiting: Fault[]): Fault[] | null {
    const chosen: Fault[] = [];
    for (const fault of waiting) {
      if (chosen.length === this.options.count) break;
      if (chosen.every(({ place }) => apart(place, fault.place, (file) => this.sources.get(file) ?? '')))
        chosen.push(fault);
    }
    if (chosen.length < this.options.count) return null;
    for (const fault of chosen) waiting.splice(waiting.indexOf(fault), 1);
    return chosen;
  }

  private state(places: readonly Place[]): Map<string, Uint8Array> {
    const files = [...new Set(places.map(({ file }) => file))];
    return new Map(files.map((file) => [file, Buffer.from(faulty(file, this.sources.get(file) as string, places))]));
  }

  /** Code of the first root error; undefined when it compiles, or when the compiler says nothing that can be used. */
  private async codeOf(places: readonly Place[]): Promise<string | null | undefined> {
    const checked = await this.bench.checkUnit(new Map([...this.base, ...this.state(places)]), this.unit);
    return checked.diagnostics.find((one) => isError(one) && one.root === null)?.code;
  }

  private isReached(place: Place): Promise<boolean> {
    const source = new SourceFile(place.file, this.sources.get(place.file) as string);
    const reach = reachOf(place, source);
    if (reach === null) return Promise.resolve(true);
    let answer = this.reached.get(reach.key);
    if (answer === undefined) {
      answer = this.failsWith(place.file, panicking(source.text, reach.bodies));
      this.reached.set(reach.key, answer);
    }
    return answer;
  }

  /** Whether a passing test fails when a file reads otherwise. */
  private async failsWith(file: string, changed: string): Promise<boolean> {
    const state = new Map([...this.base, [file, Buffer.from(changed)] as const]);
    const report = await this.bench.tests(withHidden(state, this.tests.hidden, 'crate'));
    // Reached by the compiler itself, in a constant.
    if (!report.built) return report.diagnostics.some((one) => isError(one) && one.code === 'E0080');
    const now = new Set(passed(report));
    return this.tests.passing.some((name) => !now.has(name));
  }

  private async write(faults: readonly Fault[]): Promise<void> {
    const places = faults.map(({ place }) => place);
    const code = faults.length === 1 ? (faults[0]?.code ?? null) : await this.codeOf(places);
    if (code === undefined) return; // one took the other back
    const { name, version, licence } = this.crate;
    const state = this.state(places);
    const variant = places.map(({ slip }) => slip.variant).join('+');
    this.made += 1;
    this.codes.set(code ?? 'no code', (this.codes.get(code ?? 'no code') ?? 0) + 1);
    await this.onCase({
      name: `${name}-${shortHash(...places.flatMap(({ file, slip }) => [file, String(slip.start), slip.variant])).slice(0, 6)}-${variant}`,
      broken: new Map([...this.base, ...state]),
      fixed: new Map([...state.keys()].map((path) => [path, this.base.get(path) as Uint8Array])),
      hidden: this.tests.hidden,
      meta: {
        group: name,
        recipe: places.map(({ recipe }) => recipe.name).join('+'),
        crate: name,
        version,
        licence,
        code,
        seed: this.options.seed,
        places: places.map((place) => this.describe(place)),
      },
    });
  }

  private describe({ file, recipe, slip }: Place): Record<string, unknown> {
    const source = new SourceFile(file, this.sources.get(file) as string);
    const line = source.lineOf(slip.start);
    const original = source.text.slice(slip.start, slip.end);
    const column = slip.start - source.line(line).start + 1;
    return {
      recipe: recipe.name,
      class: recipe.class,
      variant: slip.variant,
      file,
      line: line + 1,
      column,
      original,
      replaced: slip.text,
    };
  }
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('utf8');
}

function bytes(texts: ReadonlyMap<string, string>): [string, Uint8Array][] {
  return [...texts].map(([path, content]) => [path, Buffer.from(content)]);
}
