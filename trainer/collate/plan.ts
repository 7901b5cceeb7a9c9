// From a plan, which is data and can travel to a thread, to the sampler that it describes.
import type { BatchPlan } from './prefetch.ts';
import { Sampler } from './sampler.ts';
import { DocumentStream, type ReadAt } from './stream.ts';

export function samplerOf(plan: BatchPlan, read: ReadAt): Sampler {
  const sources = plan.sources.map(({ name, documents, weight, infill }) => ({
    name,
    weight,
    infill,
    stream: new DocumentStream(documents, read),
  }));
  return new Sampler(sources, plan);
}
