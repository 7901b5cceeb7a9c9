// Functions of a text by the hash of their words: to see that none of the test split stands in train. Pure, and no parser: a
// brace in a string that it reads wrongly costs one function, on both sides alike.

/** Characters without white space from which two equal functions are no accident. */
const leastLength = 160;

/** Hashes of the functions in `text`, 52 bits each. Comments and white space do not count. */
export function functionHashes(text: string): number[] {
  const hashes: number[] = [];
  const start = /\bfn\s+[A-Za-z_]\w*/g;
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    const open = bodyAt(text, start.lastIndex);
    if (open < 0) continue;
    const end = closing(text, open);
    if (end < 0) continue;
    const body = text
      .slice(found.index, end + 1)
      .replace(/\/\/[^\n]*/g, '')
      .replace(/\s+/g, '');
    if (body.length >= leastLength) hashes.push(hash52(body));
  }
  return hashes;
}

/** Where the body opens; -1 for a declaration. */
function bodyAt(text: string, from: number): number {
  for (let at = from; at < text.length && at < from + 2000; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 123) return at;
    if (code === 59) return -1;
  }
  return -1;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 123:
        depth += 1;
        break;
      case 125:
        depth -= 1;
        if (depth === 0) return at;
        break;
      case 34: // a string
        at += 1;
        while (at < text.length && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
        break;
      case 47: // a comment to the end of its line
        if (text.charCodeAt(at + 1) === 47) {
          const end = text.indexOf('\n', at);
          at = end < 0 ? text.length : end;
        }
        break;
      case 39: // a character with a brace or a quote in it
        if (text.charCodeAt(at + 2) === 39) at += 2;
        else if (text.charCodeAt(at + 1) === 92 && text.charCodeAt(at + 3) === 39) at += 3;
        break;
    }
  }
  return -1;
}

function hash52(text: string): number {
  let a = 0x811c9dc5;
  let b = 0xc9dc5118;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  return (a >>> 0) * 0x100000 + ((b >>> 0) & 0xfffff);
}
