// One page of documentation as clean text in sections: paragraphs, lists, tables, code in fences. Pure. Which pages there are
// is install.ts's work, finding things in them index/'s.
import { attribute, hasClass, pageTree, type Tree, textOf } from './html.ts';

export interface Section {
  /** The page's own anchor, what stands after `#`; empty for the page's beginning. */
  readonly id: string;
  /** Title path within the page, outermost first: `['std::vec::Vec', 'swap_remove']`. */
  readonly titles: readonly string[];
  /** `item`: a method, variant, field or constant; `section`: what stands under a heading. */
  readonly kind: 'section' | 'item';
  /** Span in the page's text, UTF-16 units; the heading is its first line. */
  readonly start: number;
  readonly end: number;
  /** True for what only a nightly compiler has. */
  readonly unstable: boolean;
  /** Error codes of the blocks in it that are said not to compile. */
  readonly fails: readonly string[];
  readonly links: readonly Link[];
}

/** A reference to another section. */
export interface Link {
  /** Path from the root of the documentation, with its `#`. */
  readonly to: string;
  /** The paragraph that refers to it. */
  readonly text: string;
}

export interface Page {
  /** Path from the root of the documentation: `std/vec/struct.Vec.html`. */
  readonly path: string;
  /** `std::vec::Vec`, or a chapter's title. */
  readonly title: string;
  /** What kind of thing an API page is about (`struct`, `fn`, `primitive`, `keyword`); null for a book's page. */
  readonly item: string | null;
  readonly text: string;
  readonly sections: readonly Section[];
}

/** Headings that many items have: their text belongs to the item. */
const common =
  /^(?:examples?|panics?|errors?|safety|see also|notes?|platform-specific behaviou?r|arguments|return values?|aborts|time complexity|current implementation|implementation notes?|performance|undefined behaviou?r|warnings?|caveats?|limitations?|compatibility note|layout|representation)$/i;
const skipped = new Set(['script', 'style', 'nav', 'button', 'svg', 'noscript', 'template', 'head', 'form', 'input']);
const skippedClasses = [
  'rightside',
  'rule',
  'src',
  'doc-anchor',
  'grammar-railroad',
  'sub-heading',
  'boring',
  'test-arrow',
  'hideme',
  'rustdoc-breadcrumbs',
  'tooltip',
  'out-of-band',
  'since',
];
const itemIds = /^(?:method|tymethod|variant|structfield|associatedconstant|associatedtype)\.(.+)$/;
const headings = /^h([1-6])$/;
const blocks = new Set([
  'p',
  'div',
  'section',
  'details',
  'summary',
  'blockquote',
  'ul',
  'ol',
  'dl',
  'table',
  'main',
  'article',
  'header',
  'figure',
]);

/** Characters of a paragraph that are kept with a link in it. */
const mostContext = 400;

interface Draft {
  id: string;
  titles: string[];
  kind: Section['kind'];
  level: number;
  start: number;
  unstable: boolean;
  fails: Set<string>;
  links: Map<string, string>;
}

/** Null for a page that holds no text: redirections, and files that are no documentation. */
export function extractPage(path: string, html: string): Page | null {
  const tree = pageTree(html);
  const api = apiPath(path);
  const writer = new Writer(path, api?.title ?? null);
  writer.visit(tree);
  return writer.page(api?.item ?? null);
}

/** `std/vec/struct.Vec.html` is the struct `std::vec::Vec`; null for a page of a book. */
export function apiPath(path: string): { readonly title: string; readonly item: string } | null {
  const parts = path.replace(/\.html$/, '').split('/');
  if (!/^(?:std|core|alloc|proc_macro|test)$/.test(parts[0] as string)) return null;
  const last = parts.pop() as string;
  if (last === 'index') return { title: parts.join('::'), item: 'mod' };
  const found = /^([a-z]+)\.(.+)$/.exec(last);
  if (found === null) return null;
  const [, item, name] = found as unknown as [string, string, string];
  if (item === 'primitive') return { title: name, item };
  if (item === 'keyword') return { title: `keyword ${name}`, item };
  return { title: `${[...parts, name].join('::')}${item === 'macro' ? '!' : ''}`, item };
}

class Writer {
  readonly #path: string;
  #title: string | null;
  readonly #parts: string[] = [];
  #length = 0;
  #drafts: Draft[] = [];
  #stack: { level: number; title: string }[] = [];
  /** Where the links of the paragraph being read lead. */
  #pending: string[] = [];

  constructor(path: string, title: string | null) {
    this.#path = path;
    this.#title = title;
    if (title !== null) this.#open('', [title], 'section', 1);
  }

  page(item: string | null): Page | null {
    const text = this.#parts.join('').replace(/\s+$/, '\n');
    const sections = this.#drafts.map((draft, index): Section => {
      const end = Math.min(this.#drafts[index + 1]?.start ?? text.length, text.length);
      const { id, titles, kind, start, unstable } = draft;
      return {
        id,
        titles,
        kind,
        start,
        end,
        unstable,
        fails: [...draft.fails],
        links: [...draft.links].map(([to, about]) => ({ to, text: about })),
      };
    });
    const kept = sections.filter(({ start, end }) => end - start > 1);
    if (kept.length === 0 || text.trim() === '') return null;
    return { path: this.#path, title: this.#title ?? '', item, text, sections: kept };
  }

  visit(node: Tree): void {
    const { nodeName } = node;
    if (nodeName === '#text') return;
    if (skipped.has(nodeName) || skippedClasses.some((name) => hasClass(node, name))) return;
    const heading = headings.exec(nodeName);
    if (heading !== null) this.#heading(node, Number(heading[1]));
    else if (nodeName === 'pre') this.#code(node);
    else if (nodeName === 'section' && itemIds.test(attribute(node, 'id') ?? '')) this.#item(node);
    else if (nodeName === 'p' || nodeName === 'dt' || nodeName === 'dd') this.#paragraph(node, '');
    else if (nodeName === 'li') this.#list(node);
    else if (nodeName === 'tr') this.#row(node);
    else if (nodeName === 'span' && hasClass(node, 'stab')) this.#stability(node);
    // A module's list of its items says nothing that their own pages do not.
    else if (nodeName !== 'dl' || !hasClass(node, 'item-table')) this.#inside(node);
  }

  #inside(node: Tree): void {
    const children = node.childNodes ?? [];
    if (blocks.has(node.nodeName) && children.length > 0 && !children.some(isBlock)) {
      this.#paragraph(node, '');
      return;
    }
    for (const child of children) this.visit(child);
    if (/^(?:table|ul|ol)$/.test(node.nodeName)) this.#write('\n');
  }

  #row(node: Tree): void {
    const cells = (node.childNodes ?? []).map((cell) => squeeze(this.#inline(cell))).filter(Boolean);
    this.#refer(cells.join(' | '));
    this.#write(`${cells.join(' | ')}\n`);
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  #open(id: string, titles: string[], kind: Section['kind'], level: number): void {
    this.#drafts.push({
      id,
      titles,
      kind,
      level,
      start: this.#length,
      unstable: false,
      fails: new Set(),
      links: new Map(),
    });
  }

  #current(): Draft {
    if (this.#drafts.length === 0) this.#open('', [this.#title ?? ''], 'section', 1);
    return this.#drafts.at(-1) as Draft;
  }

  #heading(node: Tree, level: number): void {
    const title = this.#inline(node).replace(/`/g, '').trim();
    if (title === '') return;
    const api = this.#drafts[0]?.id === '' && this.#title !== null && apiPath(this.#path) !== null;
    if (api && hasClass(node, 'code-header')) return;
    if (api && level === 1) {
      this.#write(`# ${title}\n\n`);
      return;
    }
    const draft = this.#drafts.at(-1);
    const inItem = draft?.kind === 'item' && level >= 4;
    if (inItem || (api && common.test(title))) {
      this.#write(`${'#'.repeat(level)} ${title}\n\n`);
      return;
    }
    this.#stack = this.#stack.filter((one) => one.level < level);
    if (this.#title === null) this.#title = title;
    const above = api ? [this.#title, ...this.#stack.map((one) => one.title)] : this.#stack.map((one) => one.title);
    this.#stack.push({ level, title });
    this.#open(attribute(node, 'id') ?? '', [...above, title], 'section', level);
    this.#write(`${'#'.repeat(level)} ${title}\n\n`);
  }

  #item(node: Tree): void {
    const id = attribute(node, 'id') as string;
    const name = (itemIds.exec(id)?.[1] ?? id).replace(/-\d+$/, '');
    this.#open(id, [this.#title ?? '', name], 'item', 4);
    const header = find(node, (one) => hasClass(one, 'code-header'));
    this.#write(`### ${squeeze(textOf(header ?? node))}\n\n`);
  }

  #stability(node: Tree): void {
    if (hasClass(node, 'unstable')) this.#current().unstable = true;
    this.#write(`${this.#inline(node)}\n\n`);
  }

  #code(node: Tree): void {
    const words = `${attribute(node, 'class') ?? ''} ${attribute(find(node, (one) => one.nodeName === 'code') ?? node, 'class') ?? ''}`;
    const draft = this.#current();
    if (/compile_fail|does_not_compile/.test(words)) {
      for (const code of words.match(/\bE\d{4}\b/g) ?? []) draft.fails.add(code);
    }
    const text = visible(node).replace(/^\n+|\s+$/g, '');
    if (text === '') return;
    const language = /rust/.test(words) ? 'rust' : (/language-([\w-]+)/.exec(words)?.[1] ?? '');
    this.#write(`\`\`\`${language}\n${text}\n\`\`\`\n\n`);
  }

  #list(node: Tree): void {
    const inner = (node.childNodes ?? []).filter(isBlock);
    const lead = (node.childNodes ?? []).filter((child) => !isBlock(child));
    const text = squeeze(lead.map((child) => this.#inline(child)).join(''));
    this.#refer(text);
    if (text !== '') this.#write(`- ${text}\n`);
    for (const child of inner) {
      if (text === '' && child.nodeName === 'p') this.#paragraph(child, '- ');
      else this.visit(child);
    }
    if (inner.length === 0) return;
    this.#write('\n');
  }

  #paragraph(node: Tree, lead: string): void {
    const stab = find(node, (one) => hasClass(one, 'stab') && hasClass(one, 'unstable'));
    if (stab !== null) this.#current().unstable = true;
    const text = squeeze(this.#inline(node));
    this.#refer(text);
    if (text !== '') this.#write(`${lead}${text}\n\n`);
  }

  #refer(text: string): void {
    const { links } = this.#current();
    for (const target of this.#pending) if (!links.has(target)) links.set(target, text.slice(0, mostContext));
    this.#pending = [];
  }

  /** Text in a line; code between backticks; where links lead is kept apart. */
  #inline(node: Tree): string {
    if (node.nodeName === '#text') return node.value ?? '';
    if (node.nodeName === 'br') return '\n';
    if (skipped.has(node.nodeName) || skippedClasses.some((name) => hasClass(node, name))) return '';
    if (node.nodeName === 'a') {
      const target = resolveLink(this.#path, attribute(node, 'href') ?? '');
      if (target !== null) this.#pending.push(target);
    }
    const inner = (node.childNodes ?? []).map((child) => this.#inline(child)).join('');
    return node.nodeName === 'code' && inner.trim() !== '' ? `\`${inner}\`` : inner;
  }
}

function isBlock(node: Tree): boolean {
  return (
    blocks.has(node.nodeName) ||
    node.nodeName === 'pre' ||
    node.nodeName === 'li' ||
    headings.test(node.nodeName) ||
    (node.nodeName === 'span' && (node.childNodes ?? []).some(isBlock))
  );
}

function find(node: Tree, wanted: (node: Tree) => boolean): Tree | null {
  if (wanted(node)) return node;
  for (const child of node.childNodes ?? []) {
    const found = find(child, wanted);
    if (found !== null) return found;
  }
  return null;
}

/** Text of a block without the lines that the page hides. */
function visible(node: Tree): string {
  if (node.nodeName === '#text') return node.value ?? '';
  if (hasClass(node, 'boring') || node.nodeName === 'button' || attribute(node, 'data-nosnippet') !== null) return '';
  return (node.childNodes ?? []).map(visible).join('');
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** A link as a path from the root of the documentation; null for one that leads elsewhere or within the page. */
export function resolveLink(from: string, href: string): string | null {
  const web = /^https?:\/\/doc\.rust-lang\.org\/(?:(?:stable|beta|nightly|1\.\d+\.\d+)\/)?(.*)$/.exec(href);
  if (web !== null) return web[1] === '' ? null : (web[1] as string);
  if (href === '' || href.startsWith('#') || /^[a-z][a-z+.-]*:/i.test(href)) return null;
  const base = from.split('/').slice(0, -1);
  const [path, fragment] = href.split('#') as [string, string | undefined];
  for (const part of path.split('/')) {
    if (part === '..') base.pop();
    else if (part !== '.' && part !== '') base.push(part);
  }
  return base.join('/') + (fragment === undefined ? '' : `#${fragment}`);
}

/** The Rust of a rendered source page; null where the page is none. */
export function extractSource(html: string): string | null {
  const start = html.indexOf('<pre class="rust">');
  const tree = start < 0 ? null : find(pageTree(html.slice(start)), (node) => node.nodeName === 'pre');
  if (tree === null) return null;
  // Line numbers are links of their own; what follows them is the line.
  const text = visible(tree);
  return text.trim() === '' ? null : `${text.replace(/^\n+|\s+$/g, '')}\n`;
}
