// "lifetime may not live long enough", E0700: two lifetimes that a signature keeps apart and the body brings together. They become
// one, one outlives the other, or what is called, or what is given back, says the lifetime that it has.
//
// fn pick<'a, 'b>(x: &'a str, y: &'b str) -> &'a str { if x.is_empty() { y } else { x } }      before
// fn pick<'a>(x: &'a str, y: &'a str) -> &'a str { if x.is_empty() { y } else { x } }          after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { nodeOf, type Place, placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { calleeOf, functionOf, functionsNamed } from './support/functions.ts';
import { rust } from './support/rust.ts';

export const lifetimesRelations: Proposer = {
  name: 'lifetimes-relations',
  codes: [null, 'E0700'],
  propose(input) {
    if (input.diagnostic.code === 'E0700') return sound(captures(input));
    if (!input.diagnostic.message.startsWith('lifetime may not live long enough')) return [];
    const span = input.diagnostic.spans.find((one) => one.primary);
    const at = span === undefined ? undefined : placeOf(input, span)[0];
    const fn = at === undefined ? null : enclosing(nodeOf(at), 'function_item');
    if (span === undefined || at === undefined || fn === null) return [];
    const named = [...(span.label ?? '').matchAll(/`('[a-z_]\w*)`/g)].map((match) => match[1] ?? '');
    const [wanted, given] = named;
    const drafts: Draft[] = [];
    if (wanted !== undefined && given !== undefined && wanted !== given)
      drafts.push(...related(at.source, fn, wanted, given));
    if (wanted !== undefined && given === undefined && wanted !== "'static") {
      drafts.push(...accessors(input, at, wanted));
      for (const reference of anonymous(input)) drafts.push(...namedFor(reference, wanted));
      drafts.push(...loosened(at.source, fn, wanted));
    }
    if (named.length === 0) drafts.push(...sharedByResult(at.source, fn, anonymous(input)));
    return sound(drafts);
  },
  examples: [
    {
      title: 'a default that the result may be, beside what `self` holds',
      before: rust`
        pub struct Settings {
            name: Option<String>,
        }

        impl Settings {
            pub fn name_or(&self, prefix: &str, other: &str) -> &str {
                match &self.name {
                    Some(name) if name.starts_with(prefix) => name,
                    _ => other,
                }
            }
        }
      `,
      after: rust`
        pub struct Settings {
            name: Option<String>,
        }

        impl Settings {
            pub fn name_or<'a>(&'a self, prefix: &str, other: &'a str) -> &'a str {
                match &self.name {
                    Some(name) if name.starts_with(prefix) => name,
                    _ => other,
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'one lifetime for both',
      before: rust`
        pub fn pick<'a, 'b>(first: &'a str, second: &'b str) -> &'a str {
            if first.is_empty() { second } else { first }
        }
      `,
      after: rust`
        pub fn pick<'a>(first: &'a str, second: &'a str) -> &'a str {
            if first.is_empty() { second } else { first }
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator that borrows',
      before: rust`
        pub fn evens(list: &[i32]) -> impl Iterator<Item = i32> {
            list.iter().copied().filter(|x| x % 2 == 0)
        }
      `,
      after: rust`
        pub fn evens(list: &[i32]) -> impl Iterator<Item = i32> + '_ {
            list.iter().copied().filter(|x| x % 2 == 0)
        }
      `,
      within: 1,
    },
    {
      title: 'an accessor that says how long its result lives',
      before: rust`
        pub struct Text<'a> {
            whole: &'a str,
            at: usize,
        }

        impl<'a> Text<'a> {
            fn rest(&self) -> &str {
                &self.whole[self.at..]
            }

            pub fn word(&self) -> &'a str {
                self.rest().split(' ').next().unwrap_or("")
            }
        }
      `,
      after: rust`
        pub struct Text<'a> {
            whole: &'a str,
            at: usize,
        }

        impl<'a> Text<'a> {
            fn rest(&self) -> &'a str {
                &self.whole[self.at..]
            }

            pub fn word(&self) -> &'a str {
                self.rest().split(' ').next().unwrap_or("")
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a result that borrows from `self`',
      before: rust`
        pub struct Names<'a> {
            own: Vec<String>,
            other: &'a str,
        }

        impl<'a> Names<'a> {
            pub fn first(&self) -> &'a str {
                self.own.first().map_or(self.other, |name| name.as_str())
            }
        }
      `,
      after: rust`
        pub struct Names<'a> {
            own: Vec<String>,
            other: &'a str,
        }

        impl<'a> Names<'a> {
            pub fn first(&self) -> &str {
                self.own.first().map_or(self.other, |name| name.as_str())
            }
        }
      `,
    },
  ],
};

/** An opaque result says that it borrows: `impl Trait + '_`, and with several references all of them for one lifetime. */
function captures(input: ProposeInput): Draft[] {
  const told = [...input.diagnostic.spans, ...input.diagnostic.notes.flatMap((note) => note.spans)];
  return told.flatMap((span) => {
    const place = placeOf(input, span)[0];
    const fn = place === undefined ? null : functionOf(place.source, enclosing(nodeOf(place), 'function_item'));
    const opaque = fn?.returnType == null ? undefined : descendants(fn.returnType, 'abstract_type')[0];
    const fnName = fn?.node.childForFieldName('name');
    if (!place || !fn || !opaque || !fnName) return [];
    const { source } = place;
    const list = fn.node.childForFieldName('type_parameters');
    const own = list === null ? undefined : descendants(list, 'lifetime')[0]?.text;
    const end = (lifetime: string): Edit => source.insert(opaque.endIndex, ` + ${lifetime}`);
    const references = fn.parameters.flatMap((parameter) => bare(parameter.type));
    const drafts: Draft[] = [];
    if (own !== undefined)
      drafts.push({ title: `The result borrows for \`${own}\``, edits: [end(own)], features: { agreement: 1 } });
    else if (references.length + (fn.self === null ? 0 : 1) < 2)
      drafts.push({ title: "The result borrows for `'_`", edits: [end("'_")], features: { agreement: 1 } });
    else if (fn.self === null)
      drafts.push({
        title: "The result borrows for `'a`",
        edits: [
          list === null ? source.insert(fnName.endIndex, "<'a>") : source.insert(list.startIndex + 1, "'a, "),
          ...references.map((one) => source.insert(one.startIndex + 1, "'a ")),
          ...bare(opaque).map((one) => source.insert(one.startIndex + 1, "'a ")),
          end("'a"),
        ],
        features: { agreement: 1, repeats: references.length },
      });
    else drafts.push({ title: "The result borrows for `'_`", edits: [end("'_")], features: { agreement: 0.8 } });
    return drafts;
  });
}

/** Two named lifetimes become one, or get a bound. */
function related(source: SourceFile, fn: Node, wanted: string, given: string): Draft[] {
  const drafts: Draft[] = [];
  const list = fn.childForFieldName('type_parameters');
  const own = list === null ? [] : namedChildren(list);
  const declared = own.find((one) => descendants(one, 'lifetime')[0]?.text === given);
  if (list !== null && declared !== undefined && wanted !== "'static") {
    const kept = own.filter((one) => !one.equals(declared)).map((one) => one.text);
    const uses = descendants(fn, 'lifetime').filter((one) => one.text === given && one.startIndex >= list.endIndex);
    drafts.push({
      title: `\`${given}\` is \`${wanted}\``,
      edits: [
        source.edit(list.startIndex, list.endIndex, kept.length === 0 ? '' : `<${kept.join(', ')}>`),
        ...uses.map((use) => source.edit(use.startIndex, use.endIndex, wanted)),
      ],
      features: { agreement: 1, repeats: Math.max(1, uses.length) },
    });
    drafts.push({
      title: `\`${given}\` outlives \`${wanted}\``,
      edits: [source.insert(declared.endIndex, declared.text.includes(':') ? ` + ${wanted}` : `: ${wanted}`)],
      features: { agreement: 0.7 },
    });
  }
  return drafts;
}

/** Methods called in the value whose results are tied to `&self` only because nothing else is said. */
function accessors(input: ProposeInput, at: Place, wanted: string): Draft[] {
  const impl = enclosing(nodeOf(at), 'impl_item');
  const edits: Edit[] = [];
  for (const call of descendants(nodeOf(at), 'call_expression')) {
    const callee = calleeOf(call);
    if (callee?.receiver?.type !== 'self') continue;
    for (const fn of functionsNamed(input, callee.name.text)) {
      if (fn.returnType === null || impl === null || !enclosing(fn.node, 'impl_item')?.equals(impl)) continue;
      edits.push(...bare(fn.returnType).map((one) => fn.source.insert(one.startIndex + 1, `${wanted} `)));
    }
  }
  return edits.length === 0
    ? []
    : [{ title: `What is called gives a reference for \`${wanted}\``, edits, features: { agreement: 1 } }];
}

/** References of a type without a lifetime. */
const bare = (type: Node): Node[] =>
  descendants(type, 'reference_type').filter((one) => !one.namedChildren.some((child) => child?.type === 'lifetime'));

/** The result is `self`'s or a parameter's: both, and the result, live for a new lifetime. */
function sharedByResult(source: SourceFile, fn: Node, numbered: readonly Place[]): Draft[] {
  const { returnType, self } = functionOf(source, fn) ?? { returnType: null, self: null };
  const fnName = fn.childForFieldName('name');
  const results = returnType === null ? [] : bare(returnType);
  if (fnName === null || results.length === 0 || fn.childForFieldName('type_parameters')?.text.includes("'a"))
    return [];
  const owner = self !== null && /^&\s*(mut\s+)?self$/.test(self.text) ? [self] : [];
  const given = numbered.flatMap((place) => {
    const node = nodeOf(place);
    const isOwner = owner.some((one) => one.startIndex <= place.range.start && place.range.start < one.endIndex);
    const inResult = returnType !== null && place.range.start >= returnType.startIndex;
    return source.text[place.range.start] !== '&' || isOwner || inResult || node.startIndex < fnName.endIndex
      ? []
      : [place.range.start];
  });
  if (given.length === 0) return [];
  const list = fn.childForFieldName('type_parameters');
  const starts = [...owner.map((one) => one.startIndex), ...given, ...results.map((one) => one.startIndex)];
  return [
    {
      title: "The result borrows from all of them, for `'a`",
      edits: [
        list === null ? source.insert(fnName.endIndex, "<'a>") : source.insert(list.startIndex + 1, "'a, "),
        ...starts.map((start) => source.insert(start + 1, "'a ")),
      ],
      features: { agreement: 1, repeats: starts.length },
    },
  ];
}

/** The references that the compiler numbers because they have no name. */
function anonymous(input: ProposeInput): Place[] {
  return input.diagnostic.spans
    .filter((span) => /call the lifetime of this reference/.test(span.label ?? ''))
    .flatMap((span) => placeOf(input, span));
}

function namedFor(place: Place, wanted: string): Draft[] {
  if (place.source.text[place.range.start] !== '&') return [];
  const isSelf = enclosing(nodeOf(place), 'self_parameter') !== null;
  return [
    {
      title: `The reference lives for \`${wanted}\``,
      edits: [place.source.insert(place.range.start + 1, `${wanted} `)],
      // Borrowing oneself for a parameter of the type is seldom what callers can live with.
      features: { agreement: isSelf ? 0.2 : 0.8 },
    },
  ];
}

/** The result says less: tied to what is left when nothing is said. */
function loosened(source: SourceFile, fn: Node, wanted: string): Draft[] {
  const result = functionOf(source, fn)?.returnType ?? null;
  const named = result === null ? [] : descendants(result, 'lifetime').filter((one) => one.text === wanted);
  const edits = named.flatMap((one) =>
    one.parent?.type === 'reference_type' ? [source.edit(one.startIndex, one.endIndex + 1, '')] : [],
  );
  return edits.length === 0 ? [] : [{ title: 'The result borrows from `self`', edits, features: { agreement: 0.6 } }];
}
