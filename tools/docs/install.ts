// Where the installed documentation is, of which version, and which of its pages are read. Reading them is extract.ts's work.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';

export interface Installed {
  /** The folder with `index.html`. */
  readonly root: string;
  /** `1.95.0`, as its own page says; null where it says nothing. */
  readonly version: string | null;
}

/** Books of the component, by folder: what they are called, and whether explain may cite them. */
export const books: Readonly<Record<string, string>> = {
  reference: 'The Rust Reference',
  book: 'The Rust Programming Language',
  nomicon: 'The Rustonomicon',
  'rust-by-example': 'Rust by Example',
  error_codes: 'Error codes index',
  'edition-guide': 'The Rust Edition Guide',
  'style-guide': 'The Rust Style Guide',
  cargo: 'The Cargo Book',
  clippy: 'Clippy Documentation',
  rustc: 'The rustc book',
  rustdoc: 'The rustdoc book',
};

/** Parts of the API documentation, most general first: what std re-exports is read there. */
export const apis: readonly string[] = ['std', 'alloc', 'core', 'proc_macro'];

/** The documentation beside a toolchain. Throws RustaError `docs-missing` that names the component. */
export function findDocs(sysroot: string): Installed {
  const root = join(sysroot, 'share/doc/rust/html');
  if (!existsSync(join(root, 'std/index.html'))) {
    throw new RustaError(`no documentation at ${root}`, {
      code: 'docs-missing',
      op: 'docs',
      hint: 'install the component: rustup component add rust-docs',
      exit: 'toolchain',
    });
  }
  return { root, version: versionOf(root) };
}

function versionOf(root: string): string | null {
  try {
    return /Rust<\/a> (\d+\.\d+\.\d+\S*?)</.exec(readFileSync(join(root, 'version_info.html'), 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

/**
 * Pages in a fixed order: books, then std, then what alloc and core have beside it. core::arch (39,000 pages of intrinsics),
 * translations, older editions of the Book and pages that hold others whole are left out.
 */
export function listPages(root: string, folders: readonly string[] = [...Object.keys(books), ...apis]): string[] {
  const pages: string[] = [];
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    const inner = pagesBeneath(root, folder);
    const general = apis.includes(folder) ? apis.slice(0, apis.indexOf(folder)) : [];
    for (const page of inner) {
      const rest = page.slice(folder.length);
      if (!general.some((other) => existsSync(join(root, other + rest)))) pages.push(page);
    }
  }
  return pages;
}

const leftOut = /^(?:arch|core_arch|first-edition|second-edition|2018-edition|[a-z]{2}|[a-z]{2}-[a-z]{2})$/i;
const notPages =
  /^(?:print|test-summary|syntax-index|toc|all|help|settings|404|not_found|SUMMARY|title-page|CHANGELOG|bibliography)\.html$/;

function pagesBeneath(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      // `rust-by-example/fn` and `std/fs` are no languages: translations lie beside a book's own pages and hold an index.
      const language =
        leftOut.test(entry.name) && (entry.name.length > 5 || !apis.includes(folder.split('/')[0] as string));
      const keep = !language || /^(?:fn|mod|std)$/.test(entry.name);
      return keep && !/^(?:arch|core_arch)$/.test(entry.name) ? pagesBeneath(root, path) : [];
    }
    return entry.name.endsWith('.html') && !notPages.test(entry.name) ? [path] : [];
  });
}

/** Rendered sources of the standard library: path of the page, and of the file it shows. */
export function listSources(root: string): { readonly page: string; readonly file: string }[] {
  return ['std', 'alloc', 'core', 'proc_macro', 'test']
    .filter((name) => existsSync(join(root, 'src', name)))
    .flatMap((name) => pagesBeneath(root, `src/${name}`))
    .filter((page) => page.endsWith('.rs.html'))
    .map((page) => ({ page, file: page.replace(/^src\//, '').replace(/\.html$/, '') }));
}
