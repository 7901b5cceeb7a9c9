// The curve of a run as an SVG that needs nothing else: training loss, smoothed, and validation, over bytes learned from.
import type { Metric } from './metrics.ts';

const width = 720;
const height = 400;
const margin = { left: 56, right: 16, top: 36, bottom: 44 };
/** Points of the training line; more would not be seen. */
const mostPoints = 600;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The SVG's text. Bytes run along a square-root axis, since most happens early. */
export function curveSvg(title: string, metrics: readonly Metric[]): string {
  const train = smoothed(
    metrics.flatMap((m) => (m.type === 'train' && Number.isFinite(m.bpb) ? [{ x: m.bytes, y: m.bpb }] : [])),
  );
  const validation = metrics.flatMap((m) => (m.type === 'validation' ? [{ x: m.bytes, y: m.bpb }] : []));
  const all = [...train, ...validation];
  const right = Math.max(1, ...all.map(({ x }) => x));
  const top = all.length === 0 ? 1 : Math.min(8, Math.max(...validation.map(({ y }) => y), percentile(train, 0.98)));
  const low = all.length === 0 ? 0 : Math.min(...all.map(({ y }) => y));
  const bottom = Math.max(0, Math.floor((low - 0.05) * 10) / 10);
  const x = (bytes: number) => margin.left + Math.sqrt(bytes / right) * (width - margin.left - margin.right);
  const y = (bpb: number) =>
    margin.top +
    (1 - (Math.min(bpb, top) - bottom) / Math.max(1e-9, top - bottom)) * (height - margin.top - margin.bottom);
  const path = (points: readonly Point[]) =>
    points
      .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`)
      .join('');

  const parts: string[] = [];
  for (const tick of ticks(bottom, top))
    parts.push(
      `<path d="M${margin.left} ${y(tick).toFixed(1)}H${width - margin.right}" stroke="#ddd"/>`,
      `<text x="${margin.left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${tick.toFixed(2)}</text>`,
    );
  for (const share of [0.0625, 0.25, 0.5625, 1])
    parts.push(
      `<text x="${x(right * share).toFixed(1)}" y="${height - margin.bottom + 18}" text-anchor="middle">${megabytes(right * share)}</text>`,
    );
  if (train.length > 1) parts.push(`<path d="${path(train)}" fill="none" stroke="#7a9cc6" stroke-width="1.2"/>`);
  if (validation.length > 0) {
    parts.push(`<path d="${path(validation)}" fill="none" stroke="#b3412e" stroke-width="1.8"/>`);
    const last = validation[validation.length - 1] as Point;
    parts.push(
      `<circle cx="${x(last.x).toFixed(1)}" cy="${y(last.y).toFixed(1)}" r="3" fill="#b3412e"/>`,
      `<text x="${(x(last.x) - 6).toFixed(1)}" y="${(y(last.y) - 8).toFixed(1)}" text-anchor="end" fill="#b3412e">${last.y.toFixed(4)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}: bits per byte over bytes learned from, training and held out</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${margin.left}" y="20" font-size="14">${escaped(title)}</text>
${parts.join('\n')}
<text x="${width - margin.right}" y="20" text-anchor="end"><tspan fill="#7a9cc6">training</tspan> <tspan fill="#b3412e">held out</tspan></text>
<text x="${(margin.left + width - margin.right) / 2}" y="${height - 8}" text-anchor="middle">bytes learned from; bits per byte</text>
</svg>
`;
}

/** A running mean, thinned to what can be seen. */
function smoothed(points: readonly Point[]): readonly Point[] {
  let mean: number | null = null;
  const every = Math.max(1, Math.floor(points.length / mostPoints));
  const decay = 1 - 1 / Math.max(1, Math.min(20, points.length / 20));
  return points.flatMap(({ x, y }, index) => {
    mean = mean === null ? y : decay * mean + (1 - decay) * y;
    return index % every === 0 || index === points.length - 1 ? [{ x, y: mean }] : [];
  });
}

function percentile(points: readonly Point[], share: number): number {
  const sorted = points.map(({ y }) => y).sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

function ticks(bottom: number, top: number): readonly number[] {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2].find((size) => (top - bottom) / size <= 8) ?? 2;
  const first = Math.ceil(bottom / step);
  return Array.from({ length: Math.floor(top / step) - first + 1 }, (_, index) => (first + index) * step);
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
