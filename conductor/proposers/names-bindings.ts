// E0415, E0416, E0124, E0207, E0107: a name that is bound twice, or a type parameter that nothing binds. The second binding is
// called what the code behind it asks for; the parameter goes to the type, the trait or the method that uses it.
//
// fn add(a: i32, a: i32) -> i32 { a + b }     before
// fn add(a: i32, b: i32) -> i32 { a + b }     after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { unresolvedOf } from './support/unresolved.ts';

export const namesBindings: Proposer = {
  name: 'names-bindings',
  codes: ['E0415', 'E0416', 'E0124', 'E0207', 'E0107'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const at = source.nodeAt(source.range(span));
    if (input.diagnostic.code === 'E0207') return sound(unconstrained(input, source, at));
    if (input.diagnostic.code === 'E0107') {
      const impl = enclosing(at, 'impl_item');
      const list = impl?.childForFieldName('type_parameters') ?? null;
      const loose = list === null ? undefined : namedChildren(list).find((one) => !inHead(impl as Node, one));
      const head = impl?.childForFieldName('body');
      if (loose === undefined || (head && at.startIndex > head.startIndex)) return [];
      return sound(unconstrained(input, source, loose).filter((draft) => draft.features?.idiom === 1));
    }
    return sound(input.diagnostic.code === 'E0124' ? field(input, source, at) : binding(input, source, at));
  },
  examples: [
    {
      title: 'a parameter twice',
      before: rust`
        pub fn area(width: u32, width: u32) -> u32 {
            width * height
        }
      `,
      after: rust`
        pub fn area(width: u32, height: u32) -> u32 {
            width * height
        }
      `,
      within: 1,
    },
    {
      title: 'a name twice in a pattern',
      before: rust`
        pub fn sum(pair: (i32, i32)) -> i32 {
            match pair {
                (x, x) => x + y,
            }
        }
      `,
      after: rust`
        pub fn sum(pair: (i32, i32)) -> i32 {
            match pair {
                (x, y) => x + y,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a type that takes the parameter',
      before: rust`
        pub struct Wrapper<T> {
            value: T,
        }

        impl<T: Clone> Wrapper {
            pub fn value(&self) -> T {
                self.value.clone()
            }
        }
      `,
      after: rust`
        pub struct Wrapper<T> {
            value: T,
        }

        impl<T: Clone> Wrapper<T> {
            pub fn value(&self) -> T {
                self.value.clone()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter that one method uses',
      before: rust`
        pub struct Printer {
            pub width: usize,
        }

        impl<T: std::fmt::Display> Printer {
            pub fn print(&self, value: T) -> String {
                format!("{:>1$}", value, self.width)
            }

            pub fn width(&self) -> usize {
                self.width
            }
        }
      `,
      after: rust`
        pub struct Printer {
            pub width: usize,
        }

        impl Printer {
            pub fn print<T: std::fmt::Display>(&self, value: T) -> String {
                format!("{:>1$}", value, self.width)
            }

            pub fn width(&self) -> usize {
                self.width
            }
        }
      `,
      within: 2,
    },
  ],
};

/** The binding takes a name that the same function asks for and nobody binds. */
function binding(input: ProposeInput, source: SourceFile, at: Node): Draft[] {
  const scope = enclosing(at, 'match_arm', 'closure_expression') ?? enclosing(at, 'function_item');
  if (scope === null || at.type !== 'identifier') return [];
  const names = new Set<string>();
  for (const error of input.errors) {
    const found = unresolvedOf(input, error);
    if (found === null || found.file !== source || found.sought !== 'value') continue;
    if (found.range.start >= at.endIndex && found.range.end <= scope.endIndex) names.add(found.name);
  }
  return [...names].map((name, index) => ({
    title: `The second \`${at.text}\` is \`${name}\``,
    edits: [source.edit(at.startIndex, at.endIndex, name)],
    features: { agreement: index === 0 ? 1 : 0.5, idiom: index === 0 ? 1 : 0 },
  }));
}

/** The second field takes a name that is missed on the struct; one that says the same again goes. */
function field(input: ProposeInput, source: SourceFile, at: Node): Draft[] {
  const declaration = enclosing(at, 'field_declaration');
  const struct = enclosing(at, 'struct_item')?.childForFieldName('name')?.text;
  const name = declaration?.childForFieldName('name') ?? null;
  if (declaration === null || name === null || struct === undefined) return [];
  const missed = new Set<string>();
  for (const error of input.errors) {
    if (!['E0609', 'E0560'].includes(error.code ?? '')) continue;
    const parts = quotedParts(error.message);
    if (parts.some((part) => part.replace(/^&(?:mut )?/, '').split('<')[0] === struct))
      missed.add(parts.find((part) => part !== struct) as string);
  }
  const drafts = [...missed]
    .filter((one) => /^\w+$/.test(one))
    .map(
      (one): Draft => ({
        title: `The second \`${name.text}\` is \`${one}\``,
        edits: [source.edit(name.startIndex, name.endIndex, one)],
        features: { agreement: 1, idiom: 1 },
      }),
    );
  const first = descendants(declaration.parent as Node, 'field_declaration').find(
    (one) => one.childForFieldName('name')?.text === name.text,
  );
  const same = (node: Node | null | undefined): string =>
    node?.childForFieldName('type')?.text.replace(/\s+/g, '') ?? '';
  if (first !== undefined && same(first) === same(declaration)) {
    const comma = /^\s*,/.exec(source.text.slice(declaration.endIndex))?.[0].length ?? 0;
    const gap = /\s*$/.exec(source.text.slice(0, declaration.startIndex))?.[0].length ?? 0;
    drafts.push({
      title: `\`${name.text}\` once is enough`,
      edits: [source.edit(declaration.startIndex - gap, declaration.endIndex + comma, '')],
      features: { agreement: 0.8 },
    });
  }
  return drafts;
}

/** Whether an impl's head, behind its list of parameters, says a parameter's name. */
function inHead(impl: Node, parameter: Node): boolean {
  const name = (parameter.childForFieldName('name') ?? parameter).text;
  return [impl.childForFieldName('type'), impl.childForFieldName('trait')].some(
    (head) => head !== null && [head, ...descendants(head, 'type_identifier')].some((one) => one.text === name),
  );
}

/** `impl<T> Type`: to the type that takes it, to the methods that use it, or away. */
function unconstrained(input: ProposeInput, source: SourceFile, at: Node): Draft[] {
  const impl = enclosing(at, 'impl_item');
  const list = impl?.childForFieldName('type_parameters') ?? null;
  const type = impl?.childForFieldName('type') ?? null;
  const trait = impl?.childForFieldName('trait') ?? null;
  const body = impl?.childForFieldName('body') ?? null;
  if (impl === null || list === null || type === null || body === null) return [];
  const parameters = namedChildren(list);
  const own = parameters.find((one) => one.startIndex <= at.startIndex && one.endIndex >= at.endIndex);
  const name = own === undefined ? undefined : (own.childForFieldName('name') ?? own).text;
  if (own === undefined || name === undefined) return [];
  const drafts: Draft[] = [];
  const used = (node: Node): boolean => descendants(node, 'type_identifier').some((one) => one.text === name);
  for (const [head, declared] of [
    [type, typeNamed(input, type.text.split('<')[0] as string)?.node ?? null],
    [trait, trait === null ? null : traitNamed(input, trait.text.split('<')[0] as string)],
  ] as const) {
    if (head === null || declared === null) continue;
    const wanted = declared.childForFieldName('type_parameters');
    const takes = wanted === null ? 0 : namedChildren(wanted).filter((one) => one.type === 'type_parameter').length;
    const given = head.type === 'generic_type' ? head.childForFieldName('type_arguments') : null;
    const has = given === null ? 0 : namedChildren(given).length;
    if (takes <= has) continue;
    const edit =
      given === null ? source.insert(head.endIndex, `<${name}>`) : source.insert(given.endIndex - 1, `, ${name}`);
    drafts.push({ title: `\`${head.text}\` of \`${name}\``, edits: [edit], features: { agreement: 1, idiom: 1 } });
  }
  const methods = namedChildren(body).filter((one) => one.type === 'function_item' && used(one));
  const gone = withoutParameter(source, list, own);
  if (methods.length > 0 && trait === null) {
    const edits: Edit[] = [gone];
    for (const method of methods) {
      const existing = method.childForFieldName('type_parameters');
      const label = method.childForFieldName('name') as Node;
      edits.push(
        existing === null
          ? source.insert(label.endIndex, `<${own.text}>`)
          : source.insert(existing.endIndex - 1, `, ${own.text}`),
      );
    }
    drafts.push({ title: `\`${name}\` is the method's own`, edits, features: { agreement: 0.8 } });
  }
  if (methods.length === 0 && !used(body)) {
    drafts.push({ title: `Without \`${name}\``, edits: [gone], features: { agreement: 0.9 } });
  }
  return drafts;
}

function traitNamed(input: ProposeInput, name: string): Node | null {
  for (const file of input.files) {
    const source = input.source(file);
    if (source?.text.includes(name) !== true) continue;
    const found = descendants(source.root, 'trait_item').find((one) => one.childForFieldName('name')?.text === name);
    if (found !== undefined) return found;
  }
  return null;
}

function withoutParameter(source: SourceFile, list: Node, own: Node): Edit {
  const rest = namedChildren(list).filter((one) => !one.equals(own));
  if (rest.length === 0) return source.edit(list.startIndex, list.endIndex, '');
  return source.edit(list.startIndex, list.endIndex, `<${rest.map((one) => one.text).join(', ')}>`);
}
