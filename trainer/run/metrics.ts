// The metrics of a run: one JSON object a line, appended as it happens, cut back to the checkpoint that a run is resumed from.
import { appendFile, readFile } from 'node:fs/promises';
import { replaceText, withRoom } from './room.ts';

export interface TrainMetric {
  readonly type: 'train';
  readonly step: number;
  /** Bytes that were learned from so far. */
  readonly bytes: number;
  /** Loss of the step, bits per byte. */
  readonly bpb: number;
  /** Norm of the gradient before clipping. */
  readonly norm: number;
  /** Share of the full learning rate. */
  readonly rate: number;
  /** Factor on the loss; 1 where nothing is scaled. */
  readonly lossScale: number;
  /** Steps since the last line whose gradients overflowed: they changed nothing. */
  readonly skipped: number;
  readonly bytesPerSecond: number;
  readonly teraflops: number;
  /** Seconds of training so far, over all stretches. */
  readonly seconds: number;
}

export interface ValidationMetric {
  readonly type: 'validation';
  readonly step: number;
  readonly bytes: number;
  /** Of the fixed evaluation set, over every byte. */
  readonly bpb: number;
  readonly seconds: number;
  /** By kind of text: code, prose. */
  readonly by: Readonly<Record<string, number>>;
}

export interface SampleMetric {
  readonly type: 'sample';
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  /** Share of a few completions that parse; null where none was tried. */
  readonly parsed: number | null;
}

export interface ResumeMetric {
  readonly type: 'resumed';
  readonly step: number;
  readonly device: string;
  /** Whether the optimiser's state came along. */
  readonly exact: boolean;
}

export type Metric = TrainMetric | ValidationMetric | SampleMetric | ResumeMetric;

export class MetricsFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async append(metric: Metric): Promise<void> {
    await withRoom(this.path, () => appendFile(this.path, `${JSON.stringify(metric)}\n`));
  }

  /** All whole lines; what a killed process left half-written is passed over. */
  async read(): Promise<readonly Metric[]> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Metric];
      } catch {
        return [];
      }
    });
  }

  /** Forgets what came after `step`: it will be done again. */
  async cutAfter(step: number): Promise<void> {
    const kept = (await this.read()).filter((metric) => metric.step <= step);
    await replaceText(this.path, kept.map((metric) => `${JSON.stringify(metric)}\n`).join(''));
  }
}
