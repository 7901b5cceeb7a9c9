// Rust code in example tables: a template tag, so that examples stand indented in TypeScript and read as Rust.

/** The text between the first and the last line of the template, without its common indentation; escapes stay as written. */
export function rust(strings: TemplateStringsArray): string {
  const lines = (strings.raw[0] as string)
    .replace(/^\n/, '')
    .replace(/\n[ \t]*$/, '\n')
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const common = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line) => line.slice(common)).join('\n');
}
