import { amount } from '../amount.ts'
import type { Explained } from '../explained.ts'
import { at, escaped, shortened } from './escape.ts'

const [left, right, top, high] = [58, 752, 14, 150] as const

/**
 * Each temporary as a box: from the kernel that writes it to the last that reads it, at its place in the memory that
 * they share; and how much of that is in use.
 */
export function drawMemory({ kernels, tensors, memory }: Explained): string {
  const regions = memory.regions.flatMap((region, number) =>
    region.kind === 'temporary' ? [{ ...region, number }] : [],
  )
  const all = regions.reduce((sum, { bytes }) => sum + bytes, 0)
  if (all === 0 || kernels.length === 0) return '<p>There are none.</p>'
  const begins = new Map(
    regions.map(({ number }, i) => [number, regions.slice(0, i).reduce((sum, { bytes }) => sum + bytes, 0)]),
  )
  const step = (right - left) / kernels.length
  const x = (kernel: number) => left + step * kernel
  const y = (bytes: number) => top + high - (high * bytes) / all
  const boxes = tensors.flatMap(({ name, dtype, shape, bytes, kind, region, offset, from, to, madeBy, readBy }) => {
    if (kind !== 'temporary' || readBy.length === 0) return []
    const begin = begins.get(region)! + offset
    const [width, height] = [step * (to - from + 1), (high * bytes) / all]
    const label =
      height >= 13 && width >= 40
        ? `<text x="${at(x(from) + 5)}" y="${at(y(begin + bytes / 2))}">${escaped(shortened(name, Math.floor(width / 6.5)))}</text>`
        : ''
    const said = `${name} ${dtype}[${shape.join(', ')}], ${amount(bytes, 'B')}, kernels ${from} to ${to}`
    return `<g class="part" data-made="${madeBy}" data-read="${readBy.join(' ')}"><rect x="${at(x(from) + 0.5)}" y="${at(y(begin + bytes) + 0.5)}" width="${at(Math.max(1, width - 1))}" height="${at(Math.max(0.8, height - 1))}" rx="2"/>${label}<title>${escaped(said)}</title></g>`
  })
  const live = memory.liveAt
    .map((bytes, kernel) => `${kernel === 0 ? 'M' : 'L'}${at(x(kernel))} ${at(y(bytes))}H${at(x(kernel + 1))}`)
    .join('')
  const every = Math.max(1, Math.ceil(26 / step))
  const ticks = kernels.flatMap(({ index }) =>
    index % every === 0 ? [`<text class="tick" x="${at(x(index + 0.5))}" y="${top + high + 14}">${index}</text>`] : [],
  )
  const lines = [0, 0.5, 1].map(
    (part) =>
      `<path class="line" d="M${left} ${at(y(part * all))}H${right}"/><text class="scale" x="${left - 6}" y="${at(y(part * all))}">${amount(part * all, 'B')}</text>`,
  )
  return `<svg class="memory" viewBox="0 0 760 ${top + high + 22}" role="img" aria-label="memory over time">
${lines.join('\n')}
${boxes.join('\n')}
<path class="live" d="${live}"/>
<g class="now"></g>
${ticks.join('')}
</svg>
<p class="legend">Each box is a tensor: from the kernel that writes it to the last that reads it, at its place in memory. <span><i class="dash"></i>in use</span></p>`
}
