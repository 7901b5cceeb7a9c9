// Writes the few ONNX graphs that the comparison needs: protobuf by hand (github.com/onnx/onnx, onnx.proto3), no library.

type Bytes = readonly number[] | Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

const join = (parts: readonly Bytes[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** A field of a number, or of bytes: strings and messages are bytes. */
const number = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: Bytes): Bytes => join([varint(field * 8 + 2), varint(value.length), value]);
const text = (field: number, value: string): Bytes => bytes(field, new TextEncoder().encode(value));
const float = (field: number, value: number): Bytes =>
  join([varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)]);

/** Elem types of TensorProto. */
const types = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7 } as const;
type Type = keyof typeof types;

export interface Constant {
  readonly name: string;
  readonly type: Type;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array | Uint8Array | BigInt64Array;
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly axis?: number;
  readonly domain?: string;
  readonly epsilon?: number;
}

interface Port {
  readonly name: string;
  readonly type: Type;
  readonly shape: readonly number[];
}

const port = ({ name, type, shape }: Port): Uint8Array => {
  const dims = shape.map((extent) => bytes(1, number(1, extent)));
  const tensor = join([number(1, types[type]), bytes(2, join(dims))]);
  return join([text(1, name), bytes(2, bytes(1, tensor))]);
};

const attribute = (name: string, kind: 'int' | 'float', value: number): Bytes =>
  bytes(
    5,
    join([text(1, name), kind === 'int' ? number(3, value) : float(2, value), number(20, kind === 'int' ? 2 : 1)]),
  );

const node = ({ op, inputs, output, axis, epsilon, domain }: Node): Uint8Array =>
  join([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, op),
    ...(axis === undefined ? [] : [attribute('axis', 'int', axis)]),
    ...(epsilon === undefined ? [] : [attribute('epsilon', 'float', epsilon)]),
    ...(domain === undefined ? [] : [text(7, domain)]),
  ]);

const constant = ({ name, type, shape, data }: Constant): Uint8Array =>
  join([
    ...shape.map((extent) => number(1, extent)),
    number(2, types[type]),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);

/** A model with one input, one output, and constants. */
export function onnxModel(
  nodes: readonly Node[],
  input: Port,
  output: Port,
  constants: readonly Constant[],
): Uint8Array {
  const graph = join([
    ...nodes.map((each) => bytes(1, node(each))),
    text(2, 'rows'),
    ...constants.map((each) => bytes(5, constant(each))),
    bytes(11, port(input)),
    bytes(12, port(output)),
  ]);
  // IR version 8, opset 17, and the runtime's own operators.
  return join([
    number(1, 8),
    bytes(7, graph),
    bytes(8, join([text(1, ''), number(2, 17)])),
    bytes(8, join([text(1, 'com.microsoft'), number(2, 1)])),
  ]);
}
