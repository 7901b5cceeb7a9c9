// Guesses of the next bytes from the text itself (prompt lookup, Saxena 2023): what followed the last time that the same bytes
// came. They are checked by the model, so that they change the speed and nothing else.

/** Bytes that must be equal before a guess is made. */
const longest = 12;
const shortest = 4;

/** Up to `most` bytes that followed the latest earlier place where the last bytes of `text` occur; none where there is none. */
export function lookUp(text: readonly number[], most: number): number[] {
  if (most <= 0) return [];
  let best = { length: shortest - 1, end: -1 };
  for (let end = text.length - 1; end >= shortest; end -= 1) {
    let length = 0;
    while (length < longest && end - 1 - length >= 0 && text[end - 1 - length] === text[text.length - 1 - length])
      length += 1;
    if (length > best.length) best = { length, end };
    if (length === longest) break;
  }
  return best.end < 0 ? [] : text.slice(best.end, best.end + most);
}
