// One case's line in an evaluation's results, and the file that holds them: one JSON object a line, appended as cases end,
// so that an interrupted evaluation goes on where it stopped.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import type { TaxonomyClass } from '../../schemas/types.ts';
import type { Attempt } from './contenders/contender.ts';
import type { Verdict } from './judge.ts';
import type { Half } from './layout.ts';

export interface CaseRecord {
  readonly v: 1;
  readonly case: string;
  /** The case's content; a record of other content is not taken for this case's. */
  readonly hash: string;
  readonly group: string;
  readonly half: Half;
  readonly recipe: string | null;
  readonly class: TaxonomyClass | null;
  /** Of the first root error. */
  readonly code: string | null;
  readonly errors: number;
  /** Why it judges nobody; everything below is then null, and it counts in no figure. */
  readonly excluded: string | null;
  readonly status: Attempt['status'] | null;
  readonly reason: string | null;
  readonly verdict: Verdict | null;
  /** Of what `unsure` offers first; null where nothing was offered. */
  readonly offered: Verdict | null;
  readonly confidence: number | null;
  /** What it was computed from: other weights can be judged on the same repairs. */
  readonly evidence: Readonly<Record<string, number>> | null;
  /** Lines added plus removed: by the repair as claimed or offered, and by the known fix. */
  readonly lines: number | null;
  readonly linesKnown: number | null;
  /** Items, statements and arms that the state it left has fewer than the broken one. */
  readonly removed: number | null;
  readonly seconds: number | null;
  readonly cargoRuns: number | null;
  readonly candidates: number | null;
  readonly candidatesBefore: number | null;
  readonly proposers: readonly string[];
  /** Unified diff of the repair, or of what was offered; cut when long. */
  readonly diff: string;
}

/** What an evaluation is of; results of anything else are never mixed with it. */
export interface Setup {
  readonly v: 1;
  readonly set: string;
  readonly with: string;
  readonly version: string;
  readonly toolchain: string;
}

export class Results {
  private readonly path: string;
  readonly records: Map<string, CaseRecord> = new Map();

  private constructor(path: string) {
    this.path = path;
  }

  /** Opens a folder's results, new or begun. Throws RustaError (`usage`) when they are of another set-up. */
  static async open(folder: string, setup: Setup): Promise<Results> {
    await mkdir(folder, { recursive: true });
    const about = join(folder, 'setup.json');
    const found = await readIfThere(about);
    const expected = `${JSON.stringify(setup, null, 2)}\n`;
    if (found === null) await writeFile(about, expected);
    else if (found !== expected) {
      throw new RustaError(`${folder} holds another evaluation: ${difference(found, setup)}`, {
        code: 'other-evaluation',
        op: 'eval',
        hint: 'name another folder with --out, or remove this one',
        exit: 'usage',
      });
    }
    const results = new Results(join(folder, 'cases.ndjson'));
    const text = (await readIfThere(results.path)) ?? '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1); // a line cut off by a crash is done again
    if (whole !== text) await writeFile(results.path, whole);
    for (const line of whole.split('\n').filter((each) => each !== '')) {
      const record = JSON.parse(line) as CaseRecord;
      results.records.set(record.case, record);
    }
    return results;
  }

  done(name: string, hash: string): boolean {
    return this.records.get(name)?.hash === hash;
  }

  async add(record: CaseRecord): Promise<void> {
    this.records.set(record.case, record);
    await appendFile(this.path, `${JSON.stringify(record)}\n`);
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function difference(found: string, setup: Setup): string {
  try {
    const old = JSON.parse(found) as Record<string, unknown>;
    const key = Object.entries(setup).find(([name, value]) => old[name] !== value)?.[0] ?? 'its set-up';
    return `${key} differs`;
  } catch {
    return 'setup.json cannot be read';
  }
}
