// What the GPU is told: one dispatch with its shader, parameters and buffers. Buffers are numbers: values of the program
// first, then temporaries of the backend's own. Nothing here touches a device.
import type { Defines } from '../../../kernels/preprocess.ts';
import type { Window } from './windows.ts';

/** Index into the program's values, or past them a temporary. */
export type Ref = number;

export interface Param {
  readonly type: 'u32' | 'i32' | 'f32';
  readonly value: number;
}

export interface Call {
  /** Op that it serves, for messages. */
  readonly op: string;
  readonly shader: Shader;
  readonly params: readonly Param[];
  /** Storage buffers in order of binding, from binding 1 on. */
  readonly buffers: readonly { readonly ref: Ref; readonly write: boolean; readonly window: Window | null }[];
  readonly groups: readonly [number, number, number];
}

/** A kernel file with defines: the text to compile, and how messages name it. */
export interface Shader {
  readonly label: string;
  readonly code: string;
}

export const u32 = (value: number): Param => ({ type: 'u32', value });
export const i32 = (value: number): Param => ({ type: 'i32', value });
export const f32 = (value: number): Param => ({ type: 'f32', value });

export function described(file: string, defines: Defines): string {
  const short = Object.entries(defines).map(([name, value]) => {
    const text = String(value).replace(/\s+/g, ' ');
    return `${name}=${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
  });
  return `${file}.wgsl {${short.join(' ')}}`;
}
