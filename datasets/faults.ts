// Faults put into sound crates: which places, in which order, how many of each kind of error, and what of a crate its
// unit tests are. Pure; compiling, testing and writing are trainer/eval/sets/'s work.
import { sha256 } from '../schemas/hash.ts';
import { descendants, enclosing, type Node, SourceFile } from '../tools/index/source.ts';
import { recipes } from './recipes/index.ts';
import { apply, field, type Recipe, type Slip } from './recipes/recipe.ts';

/** A slip in a file of a crate. */
export interface Place {
  readonly file: string;
  readonly recipe: Recipe;
  readonly slip: Slip;
}

/**
 * How often natural errors carry each code, %: 390 one-file programs with natural human errors (measured 2026-11).
 * `''` stands for errors without a code.
 */
const mix: Readonly<Record<string, number>> = {
  '': 25.9,
  E0308: 13.6,
  E0425: 12,
  E0382: 4.2,
  E0599: 3.9,
  E0277: 3.6,
  E0499: 3,
  E0502: 3,
  E0061: 2.2,
  E0609: 2.2,
  E0507: 2,
  E0596: 1.9,
  E0106: 1.9,
  E0597: 1.9,
};
/** All other codes together get what is left of the hundred; each one of them at most this much, %. */
const mostOfOther = 2.5;
const other = 100 - Object.values(mix).reduce((sum, part) => sum + part, 0);
/** A code may take more than its share by this much, since not every crate has a place for each. */
const slack = 1.4;

/** Draws places of one crate so that the errors they cause come out in the mix. Deterministic in `seed`. */
export class Draw {
  private readonly waiting = new Map<string, Place[]>();
  private readonly seen = new Map<string, Map<string, number>>();
  private readonly taken = new Map<string, number>();
  private readonly size: number;
  private last = '';

  constructor(places: readonly Place[], size: number, seed: string) {
    this.size = size;
    const keyed = places.map((place) => ({
      place,
      key: sha256(`${seed} ${place.file} ${nameOf(place)} ${place.slip.start}`),
    }));
    for (const { place } of keyed.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const queue = this.waiting.get(nameOf(place));
      if (queue === undefined) this.waiting.set(nameOf(place), [place]);
      else queue.push(place);
    }
  }

  /** The next place worth trying; null when none is left or nothing more is wanted. */
  next(): Place | null {
    const wanted = [...Object.keys(mix), 'other']
      .filter((code) => this.room(code) > 0)
      .sort((a, b) => this.filled(a) - this.filled(b));
    for (const code of wanted) {
      let best: { variant: string; worth: number } | null = null;
      for (const [variant, queue] of this.waiting) {
        const worth = queue[0] === undefined ? 0 : this.worth(variant, queue[0].recipe, code);
        if (worth > (best?.worth ?? 0.02)) best = { variant, worth };
      }
      if (best === null) continue;
      this.last = best.variant;
      return this.waiting.get(best.variant)?.shift() ?? null;
    }
    return null;
  }

  /** What became of the last place; true when a case with this code is wanted. `undefined`: it still compiles. */
  wants(code: string | null | undefined): boolean {
    const bucket = bucketOf(code);
    const counts = this.seen.get(this.last) ?? new Map<string, number>();
    counts.set('all', (counts.get('all') ?? 0) + 1);
    if (bucket !== null) counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    this.seen.set(this.last, counts);
    if (bucket === null || this.room(bucket) <= 0) return false;
    return (
      bucket !== 'other' || (this.taken.get(code ?? '') ?? 0) < Math.max(1, (mostOfOther / 100) * this.size * slack)
    );
  }

  take(code: string | null): void {
    const bucket = bucketOf(code) as string;
    this.taken.set(bucket, (this.taken.get(bucket) ?? 0) + 1);
    if (bucket === 'other') this.taken.set(code as string, (this.taken.get(code as string) ?? 0) + 1);
  }

  private room(bucket: string): number {
    return Math.max(1, Math.round(shareOf(bucket) * this.size * slack)) - (this.taken.get(bucket) ?? 0);
  }

  private filled(bucket: string): number {
    return (this.taken.get(bucket) ?? 0) / (shareOf(bucket) * this.size);
  }

  /** Chance that the variant's next place causes the code: what was seen in this crate, on top of what the recipe says. */
  private worth(variant: string, recipe: Recipe, code: string): number {
    const said = code === 'other' || recipe.codes.some((one) => (one ?? '') === code);
    const counts = this.seen.get(variant);
    const tries = counts?.get('all') ?? 0;
    return ((counts?.get(code) ?? 0) + (said ? 0.3 : 0.05)) / (tries + 1);
  }
}

/** null: there is no error. */
function bucketOf(code: string | null | undefined): string | null {
  if (code === undefined) return null;
  return Object.hasOwn(mix, code ?? '') ? (code ?? '') : 'other';
}

function shareOf(bucket: string): number {
  return (bucket === 'other' ? other : (mix[bucket] as number)) / 100;
}

function nameOf({ recipe, slip }: Place): string {
  return `${recipe.name}/${slip.variant}`;
}

/** Every place of a crate's sources that a recipe applies to. The grammar has to be loaded. */
export function placesIn(files: ReadonlyMap<string, string>): Place[] {
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, text]) => {
      const source = new SourceFile(file, text);
      return recipes.flatMap((recipe) => recipe.slips(source).map((slip) => ({ file, recipe, slip })));
    });
}

/** The text of a file with the slips that lie in it. */
export function faulty(file: string, text: string, places: readonly Place[]): string {
  return apply(
    text,
    places.filter((place) => place.file === file).map(({ slip }) => slip),
  );
}

/** Of several faults in one case: far enough from each other to be told apart. */
export function apart(a: Place, b: Place, text: (file: string) => string): boolean {
  if (a.file !== b.file) return true;
  const between = text(a.file).slice(Math.min(a.slip.end, b.slip.end), Math.max(a.slip.start, b.slip.start));
  const overlap = a.slip.start < b.slip.end && b.slip.start < a.slip.end;
  return !overlap && between.split('\n').length > 3;
}

/** Where a fault's line has to be reached by a test: the bodies of functions, as indices just inside them. */
export interface Reach {
  /** A key for remembering the answer. */
  readonly key: string;
  readonly file: string;
  readonly bodies: readonly number[];
}

/**
 * The function around a place; for a declaration inside an item with functions (an implementation, its bounds) any of
 * these; null for one that bears on everything compiled against it (a `use`, a field, a derive).
 */
export function reachOf({ file, slip }: Place, source: SourceFile): Reach | null {
  const node = source.root.namedDescendantForIndex(slip.start, Math.max(slip.start, slip.end)) ?? source.root;
  const own = enclosing(node, 'function_item');
  const holder = enclosing(node, 'impl_item', 'trait_item');
  const functions = own !== null ? [own] : holder === null ? [] : descendants(holder, 'function_item');
  const bodies = functions.flatMap((one) => {
    const body = field(one, 'body');
    return body === null ? [] : [body.startIndex + 1];
  });
  return bodies.length === 0 ? null : { key: `${file} ${bodies.join(' ')}`, file, bodies };
}

/** The text that panics wherever the place is reached. Not unconditionally, which a crate may deny as unreachable code. */
export function panicking(text: string, bodies: readonly number[]): string {
  return apply(
    text,
    bodies.map((at) => ({ variant: 'reach', start: at, end: at, text: ' if true { panic!("reached") }' })),
  );
}

export interface Split {
  /** Sources without their unit tests. */
  readonly base: ReadonlyMap<string, string>;
  /** What is laid over a state to test it: appended texts and files, as trainer/eval/layout.ts reads them. */
  readonly hidden: ReadonlyMap<string, string>;
}

const testOnly = /^#!?\[\s*(cfg\s*\(\s*(all\s*\(\s*)?test\b|test\b|should_panic|ignore\b)/;

/** Takes the top-level test items out of a crate's sources, and its `tests/` folder. The grammar has to be loaded. */
export function splitTests(files: ReadonlyMap<string, string>): Split {
  const base = new Map(files);
  const hidden = new Map<string, string>();
  for (const path of [...files.keys()].filter((each) => each.startsWith('tests/'))) {
    hidden.set(path, files.get(path) as string);
    base.delete(path);
  }
  for (const [path, text] of files) {
    if (!base.has(path) || !path.endsWith('.rs')) continue;
    const moved = testItems(new SourceFile(path, text));
    if (moved.length === 0) continue;
    hidden.set(`${path}.append`, `${moved.map(({ start, end }) => text.slice(start, end)).join('\n\n')}\n`);
    base.set(
      path,
      apply(
        text,
        moved.map(({ start, end }) => ({ variant: 'tests', start, end, text: '' })),
      )
        .trimEnd()
        .concat('\n'),
    );
    for (const module of moved.flatMap((one) => one.module ?? [])) {
      for (const inside of filesOfModule(path, module, files)) {
        hidden.set(inside, files.get(inside) as string);
        base.delete(inside);
      }
    }
  }
  return { base, hidden };
}

interface Moved {
  readonly start: number;
  readonly end: number;
  /** Name of a module that stands in a file of its own. */
  readonly module: string | null;
}

function testItems(source: SourceFile): Moved[] {
  const moved: Moved[] = [];
  let attributes: Node[] = [];
  for (const node of source.root.namedChildren) {
    if (node === null) continue;
    if (node.type === 'attribute_item' || /comment/.test(node.type)) {
      attributes.push(node);
      continue;
    }
    const first = attributes.find(({ type, text }) => type === 'attribute_item' || text.startsWith('///'));
    if (first !== undefined && attributes.some(({ type, text }) => type === 'attribute_item' && testOnly.test(text))) {
      const outside = node.type === 'mod_item' && field(node, 'body') === null;
      moved.push({
        start: first.startIndex,
        end: node.endIndex,
        module: outside ? (field(node, 'name')?.text ?? null) : null,
      });
    }
    attributes = [];
  }
  return moved;
}

function filesOfModule(path: string, name: string, files: ReadonlyMap<string, string>): string[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const stem = path.slice(folder.length, -'.rs'.length);
  const own = ['lib', 'main', 'mod'].includes(stem) ? folder : `${folder}${stem}/`;
  return [...files.keys()].filter((file) => file === `${own}${name}.rs` || file.startsWith(`${own}${name}/`));
}
