// Text as a terminal shows it: harmless characters, durations, counts. Decides nothing about content; widths are columns.ts's.

// Characters that act on a terminal, hide, or reorder what is read: controls but tab and newline, format characters
// (bidirectional overrides, zero-width ones), line and paragraph separators. Source under repair is hostile.
const acting = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** `text` with every acting character made visible as `\u{1b}`; tabs and newlines stay. */
export function harmless(text: string): string {
  return text.replace(acting, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same in one line: newlines and tabs become spaces. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\r?\n|\t/g, ' '));
}

/** Milliseconds for a person: `340 ms`, `2.1 s`, `1 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `1 error`, `2 errors`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Bytes for a person, in powers of 1024. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
