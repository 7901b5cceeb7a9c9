// E0425: a name that is a field of something in scope, written without it. What the same function reads the field of is meant; else
// the only parameter or binding whose declared type has the field.
//
// fn due(slot: &Slot, paid: u32) -> u32 { if paid < slot.price { price - paid } else { 0 } }          before
// fn due(slot: &Slot, paid: u32) -> u32 { if paid < slot.price { slot.price - paid } else { 0 } }     after
import type { Diagnostic } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { bindings, localAt } from './support/locals.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { shapesNamed } from './support/shapes.ts';

export const namesFields: Proposer = {
  name: 'names-fields',
  codes: ['E0425'],
  propose(input) {
    const [name] = quotedParts(input.diagnostic.message);
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (name === undefined || span === undefined || source === null || !input.diagnostic.message.includes('value `'))
      return [];
    const { start } = source.range(span);
    const fn = enclosing(source.nodeAt(source.range(span)), 'function_item');
    if (fn === null) return [];
    const owners = read(source, fn, name, start);
    const typed = owners.length > 0 ? [] : declared(input, source, fn, name, start);
    const places = placesIn(input, source, fn, name);
    if (places.length === 0) return [];
    const drafts = [...owners, ...typed].map(
      (owner): Draft => ({
        title: `\`${owner}.${name}\` for \`${name}\``,
        edits: places.map((at) => source.insert(at, `${owner}.`)),
        features: {
          agreement: owners.length + typed.length === 1 ? 1 : 0.6,
          repeats: places.length,
          ...(owners.length === 1 ? { idiom: 1 } : {}),
        },
      }),
    );
    return sound(drafts, 4);
  },
  examples: [
    {
      title: 'what the function reads beside it',
      before: rust`
        pub struct Slot {
            pub price: u32,
        }

        pub fn due(slot: &Slot, paid: u32) -> u32 {
            if paid < slot.price { price - paid } else { 0 }
        }
      `,
      after: rust`
        pub struct Slot {
            pub price: u32,
        }

        pub fn due(slot: &Slot, paid: u32) -> u32 {
            if paid < slot.price { slot.price - paid } else { 0 }
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter whose type has it, twice',
      before: rust`
        pub struct Rect {
            w: f64,
            h: f64,
        }

        pub fn area(rect: &Rect, scale: f64) -> f64 {
            let area = w * rect.h;
            println!("{}", w);
            area * scale
        }
      `,
      after: rust`
        pub struct Rect {
            w: f64,
            h: f64,
        }

        pub fn area(rect: &Rect, scale: f64) -> f64 {
            let area = rect.w * rect.h;
            println!("{}", rect.w);
            area * scale
        }
      `,
      within: 1,
    },
    {
      title: 'the item of a closure',
      before: rust`
        pub struct Row {
            name: String,
            count: u32,
        }

        pub fn many(rows: &[Row], least: u32) -> Vec<String> {
            rows.iter().filter(|row| row.count > least && count < 100).map(|row| row.name.clone()).collect()
        }
      `,
      after: rust`
        pub struct Row {
            name: String,
            count: u32,
        }

        pub fn many(rows: &[Row], least: u32) -> Vec<String> {
            rows.iter().filter(|row| row.count > least && row.count < 100).map(|row| row.name.clone()).collect()
        }
      `,
      within: 1,
    },
  ],
};

/** Names in scope at a place of which the same function reads the field, the nearest first. */
function read(source: SourceFile, fn: Node, field: string, at: number): string[] {
  const found = new Map<string, number>();
  for (const node of descendants(fn, 'field_expression')) {
    const value = node.childForFieldName('value');
    if (node.childForFieldName('field')?.text !== field || value === null) continue;
    if (node.parent?.type === 'call_expression' && node.parent.childForFieldName('function')?.equals(node)) continue;
    if (value.type !== 'identifier' && value.type !== 'self') continue;
    if (!inScope(source, fn, value.text, at)) continue;
    const distance = Math.abs(node.startIndex - at);
    found.set(value.text, Math.min(found.get(value.text) ?? distance, distance));
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([name]) => name);
}

function inScope(source: SourceFile, fn: Node, name: string, at: number): boolean {
  if (name === 'self') return true;
  return bindings(source, fn).some((local) => {
    if (local.name !== name || local.node.startIndex > at) return false;
    const scope =
      local.declaration.type === 'closure_parameters'
        ? local.declaration.parent
        : local.declaration.type === 'parameter'
          ? fn
          : local.declaration.type === 'let_declaration'
            ? local.declaration.parent
            : local.declaration.type === 'let_condition'
              ? enclosing(local.declaration, 'if_expression', 'while_expression')
              : local.declaration;
    return scope !== null && scope !== undefined && scope.startIndex <= at && at < scope.endIndex;
  });
}

/** Parameters and bindings with a written type of the crate that has the field. */
function declared(input: ProposeInput, source: SourceFile, fn: Node, field: string, at: number): string[] {
  return bindings(source, fn)
    .filter((local) => local.type !== null && local.plain && inScope(source, fn, local.name, at))
    .filter((local) => {
      const type = /^&?\s*(?:'\w+\s+)?(?:mut\s+)?(?:\w+::)*(\w+)$/.exec(local.type?.text ?? '')?.[1];
      return (
        type !== undefined &&
        shapesNamed(input, type).some((shape) =>
          shape.fields.some((one) => one.name === field && shape.kind === 'braces'),
        )
      );
    })
    .map((local) => local.name);
}

/** Where the errors of this state say that the name is not known, within the function. */
function placesIn(input: ProposeInput, source: SourceFile, fn: Node, name: string): number[] {
  const all = [input.diagnostic, ...input.errors].filter((error) => sameName(error, name));
  const found = new Set<number>();
  for (const error of all) {
    const span = error.spans.find((one) => one.primary);
    if (span === undefined || span.file !== source.path) continue;
    const range = source.range(span);
    if (range.start < fn.startIndex || range.end > fn.endIndex || source.slice(range) !== name) continue;
    // A shorthand `Point { x }` names the field too.
    const node = source.nodeAt(range);
    if (node.parent?.type !== 'shorthand_field_initializer' && localAt(source, node) === null) found.add(range.start);
  }
  return [...found].sort((a, b) => a - b);
}

const sameName = (error: Diagnostic, name: string): boolean =>
  error.code === 'E0425' && quotedParts(error.message)[0] === name;
