// A page of installed documentation as a tree: parse5 over the part of the file that holds text. What the text means is
// extract.ts's work. HTML that lies (unclosed, cut off, nested wrongly) still gives a tree, by the standard's own rules.
import { parse } from 'parse5';

/** As much of parse5's tree as is walked. */
export interface Tree {
  readonly nodeName: string;
  readonly value?: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly Tree[];
}

/**
 * Where a page of rustdoc goes on with what other pages say: implementations of traits, methods by Deref. They are four
 * fifths of the bytes, and parse5 takes 0.3 s a megabyte.
 */
const repeated =
  /<h2 id="(?:trait-implementations|blanket-implementations|synthetic-implementations|implementors|foreign-impls|deref-methods-[^"]*)"/;
/** Links to the playground carry the whole example again. */
const playground = /<a class="test-arrow"[^>]*><\/a>/g;

/** The tree of a page's own text. Pages without a `main` are read whole. */
export function pageTree(html: string): Tree {
  const rustdoc = html.indexOf('<section id="main-content"');
  const start = rustdoc >= 0 ? rustdoc : Math.max(0, html.search(/<main[\s>]/));
  let text = html.slice(start);
  if (rustdoc >= 0) {
    const rest = repeated.exec(text);
    if (rest !== null) text = text.slice(0, rest.index);
  }
  const end = text.indexOf('</main>');
  if (end >= 0) text = text.slice(0, end);
  return parse(text.replace(playground, '')) as unknown as Tree;
}

export function attribute(node: Tree, name: string): string | null {
  return node.attrs?.find((one) => one.name === name)?.value ?? null;
}

export function hasClass(node: Tree, name: string): boolean {
  return (
    attribute(node, 'class')
      ?.split(/[\s,]+/)
      .includes(name) ?? false
  );
}

/** All text beneath a node, as it stands. */
export function textOf(node: Tree): string {
  if (node.nodeName === '#text') return node.value ?? '';
  return (node.childNodes ?? []).map(textOf).join('');
}
