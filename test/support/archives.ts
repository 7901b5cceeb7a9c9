// Archives as a registry serves them, made from texts.

/** A tar of files beneath `x-1/`, GNU long names where a path needs one. */
export function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const name = `x-1/${path}`;
    const long = name.length > 100 ? [header('././@LongLink', name.length + 1, 'L'), padded(`${name}\0`)] : [];
    return [...long, header(name.slice(0, 100), Buffer.byteLength(text), '0'), padded(text)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(name: string, size: number, kind: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(`${size.toString(8).padStart(11, '0')} `, 124);
  block.write(kind, 156);
  return block;
}

function padded(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
