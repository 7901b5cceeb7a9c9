// The documentation installed with a toolchain as cases: the compiler's error index and the Book. No hidden tests: these
// show what compiles, and what was removed for it.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { blocksOf, likeness, pairsOf } from '../../../datasets/docs.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { loneFile } from '../layout.ts';
import type { NewCase } from './write.ts';

/** In the Book the next block is often another subject: it counts as a fix only when it shares this much. */
const likeEnough = 0.5;

/** One place of documentation. */
interface Source {
  readonly name: string;
  readonly folder: string;
  /** Whether the next block is meant as the repair. */
  readonly paired: boolean;
  readonly licence: string;
}

const sources: readonly Source[] = [
  { name: 'error-index', folder: 'error_codes', paired: true, licence: 'MIT OR Apache-2.0' },
  { name: 'book', folder: 'book', paired: false, licence: 'MIT OR Apache-2.0' },
];

/** Every case of the installed documentation. Throws RustaError (exit `toolchain`) where the component is missing. */
export async function docCases(): Promise<NewCase[]> {
  const toolchain = await findToolchain(null);
  const cases: NewCase[] = [];
  for (const source of sources) {
    const folder = join(toolchain.sysroot, 'share/doc/rust/html', source.folder);
    const pages = (await readdir(folder).catch(() => [])).filter((name) => /^(E\d{4}|ch.*)\.html$/.test(name)).sort();
    if (pages.length === 0) {
      const hint = 'rustup component add rust-docs';
      throw new RustaError(`${folder} has no pages`, { code: 'no-docs', op: 'docs', hint, exit: 'toolchain' });
    }
    for (const page of pages) cases.push(...casesOf(source, page, await readFile(join(folder, page), 'utf8')));
  }
  return cases;
}

function casesOf(source: Source, page: string, html: string): NewCase[] {
  const stem = basename(page, '.html');
  return pairsOf(blocksOf(html)).flatMap(({ broken, follows, code }, index): NewCase[] => {
    const fixed = follows !== null && (source.paired || likeness(broken, follows) >= likeEnough) ? follows : null;
    // A page of the Book shows many programs; without its repair, one of them says little.
    if (fixed === null && !source.paired) return [];
    return [
      {
        name: `${source.name}-${stem}-${index + 1}`,
        kind: 'file',
        broken: new Map([[loneFile, Buffer.from(broken)]]),
        fixed: fixed === null ? null : new Map([[loneFile, Buffer.from(fixed)]]),
        hidden: null,
        meta: { group: stem, source: source.name, page, code, licence: source.licence, compare_output: false },
      },
    ];
  });
}
