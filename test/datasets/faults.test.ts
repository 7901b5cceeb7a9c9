// Faults: tests taken out of a crate and put back, what has to be reached, the mix of codes, and the licences.
import { apart, Draw, faulty, type Place, panicking, placesIn, reachOf, splitTests } from '../../datasets/faults.ts';
import { isPermissive } from '../../datasets/licences.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

test.before(loadGrammar);

const library = `//! A crate.
mod deep;

pub fn f() -> u8 { 1 }

/// Only for tests.
#[cfg(test)]
mod tests {
    #[test]
    fn one() { assert_eq!(super::f(), 1); }
}

#[cfg(all(test, feature = "x"))]
mod more;

pub fn g() {}
`;

test('test items and files leave the sources, and nothing else does', () => {
  const { base, hidden } = splitTests(
    new Map([
      ['src/lib.rs', library],
      ['src/more.rs', 'inside'],
      ['src/deep.rs', 'pub fn d() {}\n#[cfg(test)]\nmod tests;\n'],
      ['src/deep/tests.rs', 'deep'],
      ['tests/all.rs', 'outside'],
    ]),
  );
  assert.equal([...base.keys()].sort(), ['src/deep.rs', 'src/lib.rs']);
  assert.is(base.get('src/deep.rs'), 'pub fn d() {}\n');
  assert.ok(
    /pub fn f\(\)/.test(base.get('src/lib.rs') ?? '') && /pub fn g\(\) \{\}\n$/.test(base.get('src/lib.rs') ?? ''),
  );
  assert.not.match(base.get('src/lib.rs') ?? '', /test\)\]|mod more|assert_eq/);
  assert.equal([...hidden.keys()].sort(), [
    'src/deep.rs.append',
    'src/deep/tests.rs',
    'src/lib.rs.append',
    'src/more.rs',
    'tests/all.rs',
  ]);
  assert.match(hidden.get('src/lib.rs.append') ?? '', /#\[cfg\(test\)\]\nmod tests \{(.|\n)*mod more;\n$/);
});

const text =
  'pub struct A { x: u8 }\nimpl A {\n    fn f(&self) -> u8 { self.x }\n    fn g() {}\n}\nfn h(v: &V) { v.len(); }\n';
const placesAt = (needle: string): Place[] => {
  const at = text.indexOf(needle);
  return placesIn(new Map([['src/lib.rs', text]])).filter(({ slip }) => slip.start <= at && at <= slip.end);
};

test('what has to be reached: the function around, any of an implementation, or nothing in particular', () => {
  const source = new SourceFile('src/lib.rs', text);
  const reach = (needle: string) => placesAt(needle).map((place) => reachOf(place, source)?.bodies.length ?? 0);
  assert.equal([...new Set(reach('.len()'))], [1]);
  assert.ok(reach('x: u8').includes(0), 'a field bears on everything');
  const one = reachOf(placesAt('self.x')[0] as Place, source);
  assert.match(
    panicking(text, one?.bodies ?? []),
    /fn f\(&self\) -> u8 \{ if true \{ panic!\("reached"\) \} self\.x \}/,
  );
});

test('a faulty text differs in the place alone; faults close to each other do not share a case', () => {
  const [first] = placesAt('.len()') as [Place];
  const changed = faulty('src/lib.rs', text, [first]);
  assert.is(changed, text.slice(0, first.slip.start) + first.slip.text + text.slice(first.slip.end));
  assert.is(faulty('src/other.rs', text, [first]), text);
  assert.is(
    apart(first, first, () => text),
    false,
  );
  assert.is(
    apart(first, placesAt('x: u8')[0] as Place, () => text),
    true,
  );
});

/** Draws until nothing more is wanted, where `code` says what each place causes. */
function drawn(seed: string, code: (place: Place) => string | null | undefined): (string | null)[] {
  const files = new Map(Array.from({ length: 8 }, (_, index) => [`src/m${index}.rs`, text.repeat(6)]));
  const draw = new Draw(placesIn(files), 40, seed);
  const taken: (string | null)[] = [];
  for (let place = draw.next(); place !== null && taken.length < 200; place = draw.next()) {
    const found = code(place);
    if (!draw.wants(found) || found === undefined) continue;
    draw.take(found);
    taken.push(found);
  }
  return taken;
}

test('the mix: no code takes much more than its share, however easily it comes', () => {
  const taken = drawn('s', ({ recipe }) =>
    recipe.name === 'names' ? 'E0425' : recipe.name === 'syntax' ? null : 'E0308',
  );
  const share = (code: string | null): number => taken.filter((one) => one === code).length;
  assert.ok(share(null) >= 10 && share(null) <= 15, `${share(null)} without a code`);
  assert.ok(share('E0308') >= 5 && share('E0308') <= 8, `${share('E0308')} of E0308`);
  assert.ok(share('E0425') >= 4 && share('E0425') <= 7, `${share('E0425')} of E0425`);
});

test('the same seed draws the same, another one another', () => {
  const order = (seed: string): string => {
    const draw = new Draw(placesIn(new Map([['src/lib.rs', text]])), 20, seed);
    return Array.from({ length: 12 }, () => {
      const place = draw.next();
      if (place !== null) draw.wants(undefined);
      return `${place?.slip.variant} ${place?.slip.start}`;
    }).join();
  };
  assert.is(order('1'), order('1'));
  assert.is.not(order('1'), order('2'));
});

test('licences: any permissive choice will do, and all parts of a choice are needed', () => {
  for (const good of [
    'MIT',
    'MIT/Apache-2.0',
    'Apache-2.0 / MIT',
    'GPL-3.0 OR MIT',
    'Zlib OR Apache-2.0 OR MIT',
    'MIT AND BSD-3-Clause',
  ])
    assert.is(isPermissive(good), true, good);
  for (const bad of [
    '',
    'GPL-3.0',
    'MPL-2.0',
    'MIT AND GPL-3.0',
    'Apache-2.0 WITH LLVM-exception',
    '(MIT OR Apache-2.0) AND GPL-3.0',
  ])
    assert.is(isPermissive(bad), false, bad);
});
