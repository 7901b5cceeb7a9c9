// E0207: an `impl` declares a type parameter that its header never uses. It goes where it is used: into the arguments of the trait or
// of the type, into the bounds that another `impl` of the type has, or to the methods; one that nothing uses goes.
//
// impl<T> Add for Wrapper { fn add(self, other: T) … }       before
// impl<T> Add<T> for Wrapper { fn add(self, other: T) … }    after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { functionOf } from './support/functions.ts';
import { rust } from './support/rust.ts';

export const genericsUnconstrained: Proposer = {
  name: 'generics-unconstrained',
  codes: ['E0207'],
  propose(input) {
    const name = /`(\w+)`/.exec(input.diagnostic.message)?.[1];
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    const impl =
      span === undefined || source === null ? null : enclosing(source.nodeAt(source.range(span)), 'impl_item');
    if (name === undefined || source === null || impl === null) return [];
    return sound([
      ...intoTrait(source, impl, name),
      ...intoType(input, source, impl, name),
      ...boundElsewhere(input, source, impl, name),
      ...intoMethods(source, impl, name),
    ]);
  },
  examples: [
    {
      title: 'the other operand of an operator',
      before: rust`
        use std::ops::AddAssign;

        pub struct Total(f64);

        impl<T> AddAssign for Total
        where
            T: Into<f64>,
        {
            fn add_assign(&mut self, more: T) {
                self.0 += more.into();
            }
        }
      `,
      after: rust`
        use std::ops::AddAssign;

        pub struct Total(f64);

        impl<T> AddAssign<T> for Total
        where
            T: Into<f64>,
        {
            fn add_assign(&mut self, more: T) {
                self.0 += more.into();
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter of one method',
      before: rust`
        pub struct Log {
            lines: Vec<String>,
        }

        impl<T: ToString> Log {
            pub fn len(&self) -> usize {
                self.lines.len()
            }

            pub fn add(&mut self, line: T) {
                self.lines.push(line.to_string());
            }
        }
      `,
      after: rust`
        pub struct Log {
            lines: Vec<String>,
        }

        impl Log {
            pub fn len(&self) -> usize {
                self.lines.len()
            }

            pub fn add<T: ToString>(&mut self, line: T) {
                self.lines.push(line.to_string());
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a bound that the other `impl` has',
      before: rust`
        pub struct Lazy<F, R> {
            make: F,
            made: Option<R>,
        }

        impl<F, R> Lazy<F, R>
        where
            F: Fn() -> R,
        {
            pub fn get(&mut self) -> &R {
                let make = &self.make;
                self.made.get_or_insert_with(|| make())
            }
        }

        pub struct Twice<F> {
            make: F,
        }

        impl<F, R> Twice<F>
        where
            F: Fn() -> R,
        {
            pub fn both(&self) -> (R, R) {
                ((self.make)(), (self.make)())
            }
        }

        impl<F, R> Twice<F> {
            pub fn once(&self) -> R {
                (self.make)()
            }
        }
      `,
      after: rust`
        pub struct Lazy<F, R> {
            make: F,
            made: Option<R>,
        }

        impl<F, R> Lazy<F, R>
        where
            F: Fn() -> R,
        {
            pub fn get(&mut self) -> &R {
                let make = &self.make;
                self.made.get_or_insert_with(|| make())
            }
        }

        pub struct Twice<F> {
            make: F,
        }

        impl<F, R> Twice<F>
        where
            F: Fn() -> R,
        {
            pub fn both(&self) -> (R, R) {
                ((self.make)(), (self.make)())
            }
        }

        impl<F, R> Twice<F>
        where
            F: Fn() -> R,
        {
            pub fn once(&self) -> R {
                (self.make)()
            }
        }
      `,
      within: 2,
    },
  ],
};

const mentions = (node: Node | null, name: string): boolean =>
  node !== null && descendants(node, 'type_identifier').some((one) => one.text === name);

/** `impl<T> Add for X`, whose method takes `T`: the trait's parameter has a default that nothing asked for. */
function intoTrait(source: SourceFile, impl: Node, name: string): Draft[] {
  const trait = impl.childForFieldName('trait');
  if (trait === null || trait.type === 'generic_type') return [];
  const types = descendants(impl, 'function_item').flatMap(
    (node) => functionOf(source, node)?.parameters.map(({ type }) => type) ?? [],
  );
  return types
    .filter((type) => mentions(type, name))
    .slice(0, 1)
    .map((type) => ({
      title: `\`${trait.text}\` of \`${type.text}\``,
      edits: [source.insert(trait.endIndex, `<${type.text}>`)],
      features: { agreement: 1 },
    }));
}

/** The type itself has a parameter that its header leaves to a default. */
function intoType(input: ProposeInput, source: SourceFile, impl: Node, name: string): Draft[] {
  const type = impl.childForFieldName('type');
  const own = type?.type === 'generic_type' ? type.childForFieldName('type') : type;
  if (!type || !own) return [];
  for (const file of input.files) {
    const other = input.source(file);
    const item =
      other === null
        ? undefined
        : descendants(other.root, 'struct_item', 'enum_item').find(
            (one) => one.childForFieldName('name')?.text === own.text,
          );
    const list = item?.childForFieldName('type_parameters');
    if (!list) continue;
    const given = type.type === 'generic_type' ? namedChildren(type.childForFieldName('type_arguments') ?? type) : [];
    if (namedChildren(list).length <= given.length) continue;
    const last = given.at(-1);
    const edit = last ? source.insert(last.endIndex, `, ${name}`) : source.insert(own.endIndex, `<${name}>`);
    return [{ title: `\`${own.text}\` of \`${name}\``, edits: [edit], features: { agreement: 0.9 } }];
  }
  return [];
}

/** Another `impl` of the type that declares the same parameters says how they hang together. */
function boundElsewhere(input: ProposeInput, source: SourceFile, impl: Node, name: string): Draft[] {
  const type = impl.childForFieldName('type')?.text;
  const end = impl.childForFieldName('body')?.startIndex;
  if (type === undefined || end === undefined || impl.namedChildren.some((one) => one?.type === 'where_clause'))
    return [];
  const clauses = input.files.flatMap((file) => {
    const other = input.source(file);
    return other === null
      ? []
      : descendants(other.root, 'impl_item').flatMap((one) => {
          const clause = one.namedChildren.find((child) => child?.type === 'where_clause');
          const same = one.childForFieldName('type')?.text === type && !one.equals(impl);
          return same && clause && mentions(clause, name) ? [clause.text] : [];
        });
  });
  const space = /\s*$/.exec(source.text.slice(0, end))?.[0].length ?? 0;
  return [...new Set(clauses)].slice(0, 2).map((clause) => ({
    title: 'The bounds of the other `impl`',
    edits: [source.edit(end - space, end, `${source.newline}${clause}${source.newline}`)],
    features: { agreement: 0.9 },
  }));
}

/** The methods that use the parameter declare it themselves. */
function intoMethods(source: SourceFile, impl: Node, name: string): Draft[] {
  const list = impl.childForFieldName('type_parameters');
  const parameter =
    list === null ? undefined : namedChildren(list).find((one) => new RegExp(`^(const )?${name}\\b`).test(one.text));
  const isBound = impl.namedChildren.some((one) => one?.type === 'where_clause' && mentions(one, name));
  if (list === null || parameter === undefined || isBound || impl.childForFieldName('trait') !== null) return [];
  const rest = namedChildren(list).filter((one) => !one.equals(parameter));
  const edits: Edit[] = [
    source.edit(list.startIndex, list.endIndex, rest.length === 0 ? '' : `<${rest.map((one) => one.text).join(', ')}>`),
  ];
  for (const node of descendants(impl, 'function_item')) {
    const fnName = node.childForFieldName('name');
    const own = node.childForFieldName('type_parameters');
    if (fnName === null || !mentions(node, name)) continue;
    edits.push(
      own === null
        ? source.insert(fnName.endIndex, `<${parameter.text}>`)
        : source.insert(own.endIndex - 1, `, ${parameter.text}`),
    );
  }
  return [{ title: `\`${name}\` belongs to the methods`, edits, features: { agreement: 0.7, repeats: edits.length } }];
}
