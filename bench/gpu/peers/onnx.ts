// The one ONNX graph that is needed, c = a · b of n × n matrices: protobuf by hand (github.com/onnx/onnx, onnx.proto3).

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)]);

/** A ValueInfoProto of f32[n,n]. */
function port(name: string, n: number): number[] {
  const shape = [bytes(1, number(1, n)), bytes(1, number(1, n))].flat();
  return [...text(1, name), ...bytes(2, bytes(1, [...number(1, 1), ...bytes(2, shape)]))];
}

export function productModel(n: number): Uint8Array {
  const node = [...text(1, 'a'), ...text(1, 'b'), ...text(2, 'c'), ...text(4, 'MatMul')];
  const graph = [
    ...bytes(1, node),
    ...text(2, 'product'),
    ...bytes(11, port('a', n)),
    ...bytes(11, port('b', n)),
    ...bytes(12, port('c', n)),
  ];
  // IR version 8, opset 17.
  return Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ''), ...number(2, 17)])]);
}
