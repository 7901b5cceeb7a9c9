// Writes a llama model of random weights in Q8_0 as a GGUF file (github.com/ggml-org/ggml, docs/gguf.md), with a vocabulary of
// bytes: what llama.cpp is timed on. Its text means nothing.

export interface LlamaShape {
  readonly layers: number;
  readonly width: number;
  readonly ffn: number;
}

const alignment = 32;
const types = { u32: 4, i32: 5, f32: 6, text: 8, list: 9 } as const;

/** Appends little-endian words to a growing buffer. */
class Writer {
  #bytes = new Uint8Array(1 << 20);
  length = 0;

  put(data: Uint8Array): void {
    while (this.length + data.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(data, this.length);
    this.length += data.length;
  }

  u32(value: number): void {
    this.put(new Uint8Array(Uint32Array.of(value).buffer));
  }

  u64(value: number): void {
    this.put(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  f32(value: number): void {
    this.put(new Uint8Array(Float32Array.of(value).buffer));
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u64(bytes.length);
    this.put(bytes);
  }

  pad(): void {
    this.put(new Uint8Array((alignment - (this.length % alignment)) % alignment));
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

type Entry = readonly [string, number | string | readonly number[] | readonly string[], keyof typeof types];

/** Three control tokens and the 256 bytes. */
export const vocabularySize = 259;

function tokenizer(): Entry[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  return [
    ['tokenizer.ggml.model', 'llama', 'text'],
    ['tokenizer.ggml.tokens', ['<unk>', '<s>', '</s>', ...bytes], 'text'],
    ['tokenizer.ggml.scores', Array<number>(vocabularySize).fill(0), 'f32'],
    // Unknown, control, control, bytes.
    ['tokenizer.ggml.token_type', [2, 3, 3, ...Array<number>(256).fill(6)], 'i32'],
    ['tokenizer.ggml.unknown_token_id', 0, 'u32'],
    ['tokenizer.ggml.bos_token_id', 1, 'u32'],
    ['tokenizer.ggml.eos_token_id', 2, 'u32'],
  ];
}

/** [name, columns, rows]; one row: a norm in f32. */
function tensorsOf({ layers, width, ffn }: LlamaShape): (readonly [string, number, number])[] {
  const layer = (index: number): (readonly [string, number, number])[] => [
    [`blk.${index}.attn_norm.weight`, width, 1],
    ...(['q', 'k', 'v', 'output'] as const).map((part) => [`blk.${index}.attn_${part}.weight`, width, width] as const),
    [`blk.${index}.ffn_norm.weight`, width, 1],
    [`blk.${index}.ffn_gate.weight`, width, ffn],
    [`blk.${index}.ffn_up.weight`, width, ffn],
    [`blk.${index}.ffn_down.weight`, ffn, width],
  ];
  return [
    ['token_embd.weight', width, vocabularySize],
    ['output_norm.weight', width, 1],
    ['output.weight', width, vocabularySize],
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
  ];
}

const q80Bytes = (columns: number, rows: number): number => (columns / 32) * rows * 34;

/** Bytes of matrices that a token reads. */
export function llamaMatrixBytes(shape: LlamaShape): number {
  return tensorsOf(shape)
    .filter(([name, , rows]) => rows > 1 && name !== 'token_embd.weight')
    .reduce((sum, [, columns, rows]) => sum + q80Bytes(columns, rows), 0);
}

export function writeLlama(shape: LlamaShape): Uint8Array {
  const { layers, width, ffn } = shape;
  const entries: Entry[] = [
    ['general.architecture', 'llama', 'text'],
    ['general.name', 'random', 'text'],
    ['general.file_type', 7, 'u32'],
    ['general.quantization_version', 2, 'u32'],
    ['general.alignment', alignment, 'u32'],
    ['llama.context_length', 1024, 'u32'],
    ['llama.embedding_length', width, 'u32'],
    ['llama.block_count', layers, 'u32'],
    ['llama.feed_forward_length', ffn, 'u32'],
    ['llama.attention.head_count', width / 64, 'u32'],
    ['llama.attention.head_count_kv', width / 64, 'u32'],
    ['llama.attention.layer_norm_rms_epsilon', 1e-6, 'f32'],
    ['llama.rope.dimension_count', 64, 'u32'],
    ['llama.vocab_size', vocabularySize, 'u32'],
    ...tokenizer(),
  ];
  const tensors = tensorsOf(shape);
  const out = new Writer();
  out.put(new TextEncoder().encode('GGUF'));
  out.u32(3);
  out.u64(tensors.length);
  out.u64(entries.length);
  const one = (value: number | string, type: keyof typeof types): void => {
    if (typeof value === 'string') out.text(value);
    else if (type === 'f32') out.f32(value);
    else out.u32(value);
  };
  for (const [name, value, type] of entries) {
    out.text(name);
    if (typeof value === 'object') {
      out.u32(types.list);
      out.u32(types[type]);
      out.u64(value.length);
      for (const each of value) one(each, type);
    } else {
      out.u32(types[type]);
      one(value, type);
    }
  }
  let offset = 0;
  const bytesOf = (columns: number, rows: number): number => (rows === 1 ? 4 * columns : q80Bytes(columns, rows));
  for (const [name, columns, rows] of tensors) {
    out.text(name);
    const extents = rows === 1 ? [columns] : [columns, rows];
    out.u32(extents.length);
    for (const extent of extents) out.u64(extent);
    out.u32(rows === 1 ? 0 : 8);
    out.u64(offset);
    offset += Math.ceil(bytesOf(columns, rows) / alignment) * alignment;
  }
  out.pad();
  let state = 1;
  for (const [, columns, rows] of tensors) {
    if (rows === 1) out.put(new Uint8Array(new Float32Array(columns).fill(1).buffer));
    else {
      const data = new Uint8Array(q80Bytes(columns, rows));
      for (let at = 0; at < data.length; at += 34) {
        // A scale of 2^-11 in f16, and 32 steps.
        data[at] = 0;
        data[at + 1] = 0x10;
        for (let step = 2; step < 34; step += 1) {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          data[at + step] = state >>> 24;
        }
      }
      out.put(data);
    }
    out.pad();
  }
  return out.bytes;
}
