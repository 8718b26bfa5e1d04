import type { Growth, GrowthReport } from './measure-growth.ts';

const ROW = 22;
const LEFT = 300;
const PLOT = 460;
const RIGHT = 70;
const TOP = 64;
const BOTTOM = 40;

/**
 * A picture of the report: a line for each probe from its time at a hundredth (open circle) to its time at all of it (full circle), on a logarithmic
 * scale of milliseconds. What does not grow is a dot; what does is a line to the right.
 */
export function drawGrowth({ growth, portfolios }: GrowthReport): string {
  const times = growth.flatMap(({ small, whole }) => [small.median, whole.median]);
  const first = Math.floor(Math.log10(Math.min(...times)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...times))));
  const at = (milliseconds: number): number => LEFT + (PLOT * (Math.log10(milliseconds) - first)) / (last - first);
  const height = TOP + ROW * growth.length + BOTTOM;
  const powers = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + PLOT + RIGHT} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="600" fill="#1f2933">How long one run takes, and how it grows</text>`,
    `<text x="16" y="44" fill="#52606d">○ ${grouped(portfolios.small)} portfolios   ● ${grouped(portfolios.whole)} portfolios, ${grouped(portfolios.whole * 10)} positions, ${grouped(portfolios.whole * 100)} bars; median, logarithmic</text>`,
    ...powers.map((power) => gridLine(at(power), { height, label: `${power} ms` })),
    ...growth.map((one, index) => row(one, { y: TOP + ROW * index + ROW / 2, at })),
    '</svg>',
    '',
  ].join('\n');
}

function gridLine(x: number, { height, label }: { readonly height: number; readonly label: string }): string {
  const end = height - BOTTOM;
  return `<line x1="${round(x)}" y1="${TOP}" x2="${round(x)}" y2="${end}" stroke="#e4e7eb"/><text x="${round(x)}" y="${end + 18}" text-anchor="middle" fill="#7b8794">${label}</text>`;
}

function row(
  { name, small, whole, ratio }: Growth,
  { y, at }: { readonly y: number; readonly at: (milliseconds: number) => number },
): string {
  const [from, to] = [at(small.median), at(whole.median)];
  const colour = ratio >= 2 ? '#d64545' : '#2f7f79';
  return [
    `<text x="${LEFT - 12}" y="${y + 4}" text-anchor="end" fill="#1f2933">${escaped(name)}</text>`,
    `<line x1="${round(from)}" y1="${y}" x2="${round(to)}" y2="${y}" stroke="${colour}" stroke-width="3"/>`,
    `<circle cx="${round(from)}" cy="${y}" r="4.5" fill="#ffffff" stroke="${colour}" stroke-width="2"/><circle cx="${round(to)}" cy="${y}" r="4.5" fill="${colour}"/>`,
    `<text x="${round(Math.max(from, to)) + 12}" y="${y + 4}" fill="${colour}">× ${ratio.toFixed(1)}</text>`,
  ].join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const grouped = (value: number): string => value.toLocaleString('en-US');
