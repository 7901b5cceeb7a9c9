// Values larger than one binding may cover (2 GiB - 4 on large cards, 128 MiB on small ones): elementwise trees over them are
// cut into pieces whose operands each lie within one window of their buffer. Pure.
import { bytesOf } from '../../dtype.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import { broadcasted, loadsOf, type Node, type Place } from './expression.ts';

/** The part of a buffer that a binding covers, in bytes. */
export interface Window {
  readonly at: number;
  readonly bytes: number;
}

/** Bindings start at multiples of so many bytes on every adapter. */
const alignment = 256;
/** Lengths of pieces are multiples of the first of these that they reach: windows then start where vectors of four do. */
const units = [1024, 64, 4];

/** Elements from the first to behind the last that a place with strides for `shape` touches. */
function extent({ strides }: Place, shape: Shape): number {
  return strides.reduce((sum, stride, axis) => sum + stride * ((shape[axis] as number) - 1), 1);
}

/** The window around a place, and the place as it looks from there; null where the window would be over `limit` bytes. */
export function windowOf(place: Place, shape: Shape, limit: number): { window: Window; place: Place } | null {
  const size = bytesOf[place.dtype];
  const at = Math.floor((place.offset * size) / alignment) * alignment;
  const end = (place.offset + extent(place, shape)) * size;
  const bytes = Math.ceil((end - at) / 4) * 4;
  return bytes > limit ? null : { window: { at, bytes }, place: { ...place, offset: place.offset - at / size } };
}

/** The tree with its loads changed. */
export function withLoads(node: Node, change: (place: Place) => Place): Node {
  if (node.kind === 'load') return { kind: 'load', place: change(node.place) };
  return node.kind === 'op' ? { ...node, args: node.args.map((arg) => withLoads(arg, change)) } : node;
}

/** How far a piece may go along the first axis that is longer than 1, so that all of `places` fit `limit` bytes. */
export function firstCut(
  places: readonly Place[],
  shape: Shape,
  limit: number,
): { readonly axis: number; readonly length: number } {
  const axis = Math.max(
    shape.findIndex((length) => length > 1),
    0,
  );
  const length = shape[axis] as number;
  const rest = shape.map((each, index) => (index === axis ? 1 : each));
  const fitting = places.map((place) => {
    const stride = place.strides[axis] as number;
    const room = Math.floor((limit - alignment) / bytesOf[place.dtype]) - extent(place, rest);
    return stride === 0 ? length : Math.max(Math.floor(room / stride) + 1, 1);
  });
  const most = Math.min(length, ...fitting);
  const unit = units.find((each) => most >= each) ?? 1;
  return { axis, length: most === length ? length : most - (most % unit) };
}

/** The part of a broadcast place from `start` on along one axis. */
export function cutPlace(place: Place, axis: number, start: number, length: number): Place {
  return {
    ...place,
    shape: place.shape.map((each, index) => (index === axis ? length : each)),
    offset: place.offset + start * (place.strides[axis] as number),
  };
}

export interface Piece {
  readonly tree: Node;
  readonly shape: Shape;
  readonly out: Place;
}

/** The pieces of a map of which every operand that `isLarge` fits a window of `limit` bytes. */
export function piecesOf(
  tree: Node,
  shape: Shape,
  out: Place,
  isLarge: (place: Place) => boolean,
  limit: number,
): readonly Piece[] {
  const wide = withLoads(tree, (place) => broadcasted(place, shape));
  const large = [...loadsOf(wide), out].filter(isLarge);
  if (large.every((place) => windowOf(place, shape, limit) !== null)) return [{ tree: wide, shape, out }];
  const { axis, length } = firstCut(large, shape, limit);
  const pieces: Piece[] = [];
  for (let start = 0; start < (shape[axis] as number); start += length) {
    const each = Math.min(length, (shape[axis] as number) - start);
    const part = (place: Place): Place => cutPlace(place, axis, start, each);
    const inner = shape.map((extent, index) => (index === axis ? each : extent));
    if (sizeOf(inner) === sizeOf(shape)) throw new RangeError('a piece as large as the whole'); // One element always fits.
    pieces.push(...piecesOf(withLoads(wide, part), inner, part(out), isLarge, limit));
  }
  return pieces;
}
