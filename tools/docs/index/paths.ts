// Items by a path that may be cut short: `Vec::swap_remove`, `swap_remove`, `std::mem::take()`. Pure but for the tables it reads.
import type { Strings } from './format.ts';
import type { Place } from './search.ts';

/** Sections of items whose path ends like `path`, the most fitting first; `names` is the sorted table of last segments. */
export function itemsOf(path: string, names: Strings, placeOf: (section: number) => Place): number[] {
  const parts = path.replace(/\(\)$/, '').replace(/!$/, '').replace(/<.*>/g, '').split(/::|\./).filter(Boolean);
  const last = parts.at(-1)?.toLowerCase();
  if (last === undefined) return [];
  const found: { section: number; fit: number }[] = [];
  for (let at = lowerBound(names, `${last}\u0001`); at < names.length; at += 1) {
    const [name, number] = names.at(at).split('\u0001') as [string, string];
    if (name !== last) break;
    const section = Number(number);
    found.push({ section, fit: fit(placeOf(section), parts) });
  }
  return found
    .filter((one) => one.fit > 0)
    .sort((a, b) => b.fit - a.fit || a.section - b.section)
    .map(({ section }) => section);
}

function fit({ titles, page, unstable, item }: Place, parts: readonly string[]): number {
  const whole = titles
    .join('::')
    .replace(/!$/, '')
    .replace(/^keyword /, '')
    .split('::');
  let same = 0;
  for (let back = 1; back <= parts.length; back += 1) {
    const [own, asked] = [whole.at(-back), parts.at(-back)];
    if (own === undefined || asked === undefined || own.toLowerCase() !== asked.toLowerCase()) break;
    same += own === asked ? 1 : 0.9;
  }
  if (
    same < parts.length * 0.9 &&
    !(parts.length > 1 && same >= parts.length - 1 && /^(?:std|core|alloc)$/.test(parts[0] as string))
  )
    return 0;
  const common = [
    'std/vec/',
    'std/option/',
    'std/result/',
    'std/string/',
    'std/iter/trait.Iterator',
    'std/primitive.str',
    'std/primitive.slice',
  ];
  return (
    same +
    (unstable ? -0.5 : 0) +
    (page.startsWith('std/') ? 0.2 : 0) +
    (item ? 0 : 0.1) +
    (common.some((start) => page.startsWith(start)) ? 0.05 : 0) -
    whole.length / 1000
  );
}

function lowerBound(strings: Strings, wanted: string): number {
  let low = 0;
  let high = strings.length;
  const bytes = Buffer.from(wanted);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(Buffer.from(strings.at(middle)), bytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
