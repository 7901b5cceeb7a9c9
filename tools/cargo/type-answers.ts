// Answers to the questions of tools/index/question.ts, read from rustc's errors by the name that each question carries (`__P3`).
import type { RustcMessage } from './diagnostics.ts';

export type TypeAnswer =
  /** As rustc prints it in a message: paths trimmed, `'static` left out. `partial` when `_`, `{integer}` or `{float}` stands for what is not known. */
  | { readonly kind: 'type'; readonly type: string; readonly partial: boolean }
  /** The program does not say, or says too much: `any type that implements Into<String>`. */
  | { readonly kind: 'undetermined'; readonly why: string }
  /** Another error stands in the way, or the place has no type. */
  | { readonly kind: 'blocked'; readonly why: string };

/** The answer to question `index`: `non-primitive cast: `&T` as `__P3`` or `no field `__P3` on type `&T``. */
export function readType(messages: readonly RustcMessage[], index: number): TypeAnswer | null {
  const name = `__P${index}`;
  for (const { message, code } of messages) {
    const cast = message.endsWith(`\` as \`${name}\``) ? /: `([\s\S]*)` as `__P\d+`$/.exec(message)?.[1] : undefined;
    const field = message.startsWith(`no field \`${name}\` on type \``)
      ? /on type `([\s\S]*)`$/.exec(message)?.[1]
      : undefined;
    const type = code?.code === 'E0609' || code?.code === 'E0610' ? field : cast;
    // Every question asks for a reference to what it means.
    if (type?.startsWith('&')) return typed(type.slice(1));
  }
  return null;
}

export function readExpected(messages: readonly RustcMessage[], index: number): TypeAnswer | null {
  const name = `__P${index}`;
  const bounds: string[] = [];
  for (const { message, code, spans, children } of messages) {
    const found = `found \`${name}\``;
    const label =
      spans.find((span) => span.label?.includes(found))?.label ?? (message.includes(found) ? message : null);
    if (code?.code === 'E0308' && label !== null) {
      // The note below tells the type in full where the label names its kind alone.
      const note = children.find((child) => /found struct `.*__P\d+`/.test(child.message))?.message;
      const type = /expected [\w ,]*?`([^`]*)`/.exec(note ?? '')?.[1] ?? /expected [\w ]*?`([^`]*)`/.exec(label)?.[1];
      if (type !== undefined) return typed(type);
      const kind = /expected (.+?), found/.exec(label)?.[1];
      if (kind === 'integer') return typed('{integer}');
      if (kind === 'floating-point number') return typed('{float}');
      if (kind !== undefined) return { kind: 'undetermined', why: `the context expects some ${kind}` };
    }
    const bound = /^the trait bound `__P(\d+): (.*)` is not satisfied$/.exec(message);
    if (code?.code === 'E0277' && bound?.[1] === String(index)) bounds.push(bound[2] as string);
    else if (/^E0(277|369|614|600)$/.test(code?.code ?? '') && new RegExp(`\\b${name}\\b`).test(message))
      return { kind: 'undetermined', why: 'several types would do here' };
  }
  return bounds.length === 0 ? null : { kind: 'undetermined', why: `any type that implements ${bounds.join(' + ')}` };
}

function typed(printed: string): TypeAnswer {
  const type = plainDyn(printed.replace(/^\(((?:dyn|impl) .*)\)$/, '$1'))
    // Where a closure or a function item was written is no part of a type that could be said.
    .replace(/\{(closure|async block|async closure|coroutine)@[^}]*\}/g, '{$1}')
    .replace(/ \{[\w:<>&', _()[\]]+\}$/, '')
    // A literal's lifetime; rustc's own messages leave it out.
    .replace(/&'static /g, '&');
  if (type === '_') return { kind: 'undetermined', why: 'nothing around the place says its type' };
  return { kind: 'type', type, partial: /(^|[^\w'])_($|\W)|\{(integer|float)\}/.test(type) };
}

/** `Box<(dyn Shape + 'static)>` → `Box<dyn Shape>`: the bound that rustc spells out is the default one. */
function plainDyn(type: string): string {
  const bound = " + 'static";
  let text = type.endsWith(bound) && /^dyn [^(]*$/.test(type) ? type.slice(0, -bound.length) : type;
  for (let from = text.indexOf('(dyn '); from >= 0; from = text.indexOf('(dyn ', from + 1)) {
    let depth = 0;
    let end = from;
    do {
      if (text[end] === '(') depth += 1;
      else if (text[end] === ')') depth -= 1;
      end += 1;
    } while (depth > 0 && end < text.length);
    const inner = text.slice(from + 1, end - 1);
    if (!inner.endsWith(bound)) continue;
    const kept = inner.slice(0, -bound.length);
    text = text.slice(0, from) + (kept.includes(' + ') ? `(${kept})` : kept) + text.slice(end);
  }
  return text;
}
