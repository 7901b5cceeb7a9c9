// The engine's public face: `import { openDevice, ByteLM } from 'rusta/engine'`. Nothing here needs Node.
export type { BackendInfo, BackendKind } from './backends/backend.ts';
export {
  type ByteLmFile,
  loadByteLm,
  loadQuantised,
  openByteLm,
  type Provenance,
  saveByteLm,
  saveQuantised,
} from './checkpoint/byteLm.ts';
export { type ByteSink, type ByteSource, fileSource, memorySource, replaceFile } from './checkpoint/bytes.ts';
export { Safetensors, writeSafetensors } from './checkpoint/safetensors.ts';
export type { Compiled } from './compiled.ts';
export type { Contents, Numbers } from './contents.ts';
export { type Device, type DeviceKind, type DeviceOptions, openDevice } from './device.ts';
export type { DType } from './dtype.ts';
export { Decoder, type DecoderOptions } from './generate/decoder.ts';
export {
  type ByteMask,
  type Completion,
  type GenerateOptions,
  generate,
  type Progress,
  progress,
  stream,
} from './generate/generate.ts';
export { greedy, type Sampling } from './generate/sampler.ts';
export { type Score, score, scoreText, type TextScore } from './generate/score.ts';
export { ByteLM, type CreateOptions, type ForwardOptions, type Parameters } from './model/byteLm.ts';
export { type ByteLmConfig, checkConfig, parameterCount, vocabulary, windowsOf } from './model/config.ts';
export { controlSymbols, symbols } from './model/symbols.ts';
export { type BatchSize, trainByteLm } from './model/train.ts';
export * from './ops/functions.ts';
export { checkRecipe, defaultRecipe, type Recipe } from './optim/recipe.ts';
export { defaultSchedule, rateFactor, type Schedule } from './optim/schedule.ts';
export { type StepMetrics, Training, type TrainingOptions } from './optim/training.ts';
export { microbatches } from './program/accumulate.ts';
export { checkpoint, gradients } from './program/gradients.ts';
export { bitsPerByte, evaluateQuantisation, type QuantisationReport } from './quant/evaluate.ts';
export { matrixBytes, type QuantisedByteLM, quantise } from './quant/model.ts';
export type { Shape, TensorType } from './shape.ts';
export { Tensor } from './tensor.ts';
export type { Tree } from './tree.ts';
