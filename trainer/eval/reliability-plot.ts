// The reliability of a confidence as an SVG that needs nothing else: the share right over the confidence, one dot a bin.
import type { Reliability } from './reliability.ts';

const size = 420;
const margin = { left: 52, right: 16, top: 40, bottom: 44 };
const inner = { width: size - margin.left - margin.right, height: size - margin.top - margin.bottom };

/** The diagonal is what a calibrated confidence would lie on; a dot's area grows with its claims. */
export function reliabilitySvg(title: string, { n, ece, brier, aurc, bins }: Reliability): string {
  const x = (share: number): string => (margin.left + share * inner.width).toFixed(1);
  const y = (share: number): string => (margin.top + (1 - share) * inner.height).toFixed(1);
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((tick) => [
    `<path d="M${x(0)} ${y(tick)}H${x(1)}" stroke="#ddd"/>`,
    `<text x="${margin.left - 8}" y="${Number(y(tick)) + 4}" text-anchor="end">${tick.toFixed(1)}</text>`,
    `<text x="${x(tick)}" y="${size - margin.bottom + 18}" text-anchor="middle">${tick.toFixed(1)}</text>`,
  ]);
  const most = Math.max(...bins.map((bin) => bin.n));
  const dots = bins.map(
    (bin) =>
      `<circle cx="${x(bin.confidence)}" cy="${y(bin.right)}" r="${(3 + 5 * Math.sqrt(bin.n / most)).toFixed(1)}" fill="#b3412e" fill-opacity="0.75"/>`,
  );
  const figures = `${n} claims, ECE ${ece.toFixed(3)}, Brier ${brier.toFixed(3)}, AURC ${aurc.toFixed(3)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}: share right over confidence; ${figures}</title>
<rect width="${size}" height="${size}" fill="#fff"/>
<text x="${margin.left}" y="18" font-size="14">${escaped(title)}</text>
<text x="${margin.left}" y="33" fill="#555">${figures}</text>
${grid.join('\n')}
<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#7a9cc6" stroke-dasharray="4 3"/>
${dots.join('\n')}
<text x="${margin.left + inner.width / 2}" y="${size - 8}" text-anchor="middle">confidence</text>
<text transform="rotate(-90)" x="${-(margin.top + inner.height / 2)}" y="14" text-anchor="middle">share right</text>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
