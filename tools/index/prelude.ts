// What every Rust file can name without a `use`: std's prelude (2021), the primitive types, the common macros.
// Source: https://doc.rust-lang.org/std/prelude and the list of primitives and macros of std's front page.

export interface PreludeName {
  readonly name: string;
  readonly kind: 'type' | 'trait' | 'variant' | 'function' | 'macro';
}

const byKind: Readonly<Record<PreludeName['kind'], string>> = {
  type: `bool char str i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 Option Result Vec String Box`,
  // `Debug` and `Hash` are there as derives only.
  trait: `Clone Copy Send Sized Sync Drop Fn FnMut FnOnce AsRef AsMut From Into TryFrom TryInto FromIterator Default Debug
    Iterator IntoIterator Extend DoubleEndedIterator ExactSizeIterator ToOwned ToString PartialEq Eq PartialOrd Ord Hash`,
  variant: `Some None Ok Err`,
  function: `drop size_of size_of_val align_of`,
  macro: `println print eprintln eprint format write writeln panic assert assert_eq assert_ne debug_assert debug_assert_eq
    debug_assert_ne vec matches todo unimplemented unreachable dbg include_str concat stringify env line file`,
};

let names: PreludeName[] | null = null;

export function preludeNames(): readonly PreludeName[] {
  names ??= Object.entries(byKind).flatMap(([kind, list]) =>
    list.split(/\s+/).map((name) => ({ name, kind: kind as PreludeName['kind'] })),
  );
  return names;
}
