// Contents of tensors as bytes and back: which array holds which dtype, f16 bit by bit, and values as each dtype rounds them.
import { RustaError } from '../schemas/errors.ts';
import { bytesOf, type DType } from './dtype.ts';

export type Contents =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>;

/** What a tensor can be made from: numbers in row-major order. Bits of f16 come as Uint16Array. */
export type Numbers =
  | readonly number[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Int16Array
  | Uint8Array
  | Int8Array;

/** The f16 nearest to x, ties to even, as its 16 bits (IEEE 754 binary16). Beyond 65504 it is infinity. */
export function toF16(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  if (Number.isNaN(x)) return 0x7e00;
  const size = Math.abs(x);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent -= 1;
  else if (2 ** (exponent + 1) <= size) exponent += 1;
  const mantissa = roundEven((size / 2 ** exponent) * 1024);
  return sign | (((exponent + 15) << 10) + (mantissa - 1024));
}

/** Integers of halves to even. */
function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest > 0.5 ? down + 1 : down;
  return down % 2 === 0 ? down : down + 1;
}

/** The number that 16 bits of f16 stand for. */
export function fromF16(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Rounds every element to what the dtype can hold, in place: floats to nearest, integers cut and wrapped as typed arrays do. */
export function roundTo(dtype: DType, data: Float64Array): Float64Array {
  switch (dtype) {
    case 'f64':
      return data;
    case 'f32':
      for (let at = 0; at < data.length; at += 1) data[at] = Math.fround(data[at] as number);
      return data;
    case 'f16':
      for (let at = 0; at < data.length; at += 1) data[at] = fromF16(toF16(data[at] as number));
      return data;
    default: {
      const whole = arrayOf(dtype, data.length);
      whole.set(data);
      data.set(whole);
      return data;
    }
  }
}

/** The bytes of a tensor of this dtype that holds these numbers. They may be the array's own. */
export function toBytes(dtype: DType, numbers: Numbers): Uint8Array {
  if (dtype === 'f16') {
    if (numbers instanceof Uint16Array) return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const halves = new Uint16Array(numbers.length);
    for (let at = 0; at < halves.length; at += 1) halves[at] = toF16(numbers[at] as number);
    return new Uint8Array(halves.buffer);
  }
  if (isOf(dtype, numbers)) return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const array = arrayOf(dtype, numbers.length);
  array.set(numbers as ArrayLike<number>);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The numbers that these bytes hold; f16 as f32. */
export function fromBytes(dtype: DType, bytes: Uint8Array<ArrayBuffer>): Contents {
  const { buffer, byteOffset } = bytes.byteOffset % bytesOf[dtype] === 0 ? bytes : bytes.slice();
  const length = bytes.byteLength / bytesOf[dtype];
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, length);
    case 'f64':
      return new Float64Array(buffer, byteOffset, length);
    case 'i32':
      return new Int32Array(buffer, byteOffset, length);
    case 'u8':
      return new Uint8Array(buffer, byteOffset, length);
    case 'i8':
      return new Int8Array(buffer, byteOffset, length);
    case 'f16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, length), fromF16);
  }
}

function arrayOf(dtype: Exclude<DType, 'f16'>, length: number): Contents {
  switch (dtype) {
    case 'f32':
      return new Float32Array(length);
    case 'f64':
      return new Float64Array(length);
    case 'i32':
      return new Int32Array(length);
    case 'u8':
      return new Uint8Array(length);
    case 'i8':
      return new Int8Array(length);
    default:
      throw new RustaError(`there is no dtype '${dtype as string}'`, {
        code: 'dtype-mismatch',
        op: 'tensor',
        expected: 'f32, f16, f64, i32, u8 or i8',
      });
  }
}

function isOf(dtype: DType, numbers: Numbers): numbers is Exclude<Numbers, readonly number[]> {
  return (
    (dtype === 'f32' && numbers instanceof Float32Array) ||
    (dtype === 'f64' && numbers instanceof Float64Array) ||
    (dtype === 'i32' && numbers instanceof Int32Array) ||
    (dtype === 'u8' && numbers instanceof Uint8Array) ||
    (dtype === 'i8' && numbers instanceof Int8Array)
  );
}
