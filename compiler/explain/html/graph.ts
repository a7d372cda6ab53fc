import { amount } from '../amount.ts'
import type { Explained, ExplainedKernel } from '../explained.ts'
import type { Profile } from '../profile.ts'
import { at, escaped, shortened } from './escape.ts'

/** What the length of a kernel's box can stand for. */
export interface Measure {
  readonly name: 'bytes' | 'FLOP' | 'time'
  /** Of a kernel, in all of its runs. */
  readonly of: (kernel: number) => number
  readonly print: (value: number) => string
}

export function measuresOf({ kernels }: Explained, profile: Profile | undefined): readonly Measure[] {
  const often = (kernel: number) => Math.max(1, kernels[kernel]!.times)
  const bytes = ({ bytesRead, bytesWritten }: ExplainedKernel) => bytesRead + bytesWritten
  return [
    { name: 'FLOP', of: (kernel) => often(kernel) * kernels[kernel]!.flops, print: (value) => amount(value, 'FLOP') },
    { name: 'bytes', of: (kernel) => often(kernel) * bytes(kernels[kernel]!), print: (value) => amount(value, 'B') },
    ...(profile
      ? [
          {
            name: 'time',
            of: (kernel: number) => profile.kernels[kernel]!.milliseconds,
            print: (value: number) => `${value.toPrecision(3)} ms`,
          } as const,
        ]
      : []),
  ]
}

/** The colours of boxes: operations a byte, up to and with. */
export const bins: readonly number[] = [0.5, 2, 8, 32, 128, Number.POSITIVE_INFINITY]

const columns = { name: 44, box: 232, figure: 434, arrows: 506, end: 760 }

/** A row with a box for each kernel, and the tensors that go from one to another as arrows beside them. */
export function drawKernels(explained: Explained, measures: readonly Measure[], first: Measure): string {
  const { kernels, loops } = explained
  const row = kernels.length <= 12 ? 34 : kernels.length <= 40 ? 24 : 18
  const top = 6
  const middle = (kernel: number) => top + row * (kernel + 0.5)
  const height = row - (row > 20 ? 8 : 4)
  const longest = new Map(
    measures.map((measure) => [measure, Math.max(...kernels.map((k) => measure.of(k.index)), 1e-9)]),
  )
  const wide = columns.figure - columns.box - 10
  const width = (measure: Measure, kernel: number) => Math.max(2, (wide * measure.of(kernel)) / longest.get(measure)!)
  const rows = kernels.map(({ index, name, intensity, times, nests }) => {
    const bin = bins.findIndex((upTo) => intensity <= upTo)
    const data = measures.map(
      (measure) =>
        ` data-${measure.name.toLowerCase()}="${at(width(measure, index))} ${escaped(measure.print(measure.of(index)))}"`,
    )
    const often = times === 1 ? '' : times === 0 ? ' (in a loop)' : ` ×${times}`
    return `<g class="kernel" data-kernel="${index}" tabindex="0" role="button" aria-label="kernel ${index}, ${escaped(name)}"${data.join('')}>
<title>${escaped([name, ...new Set(nests.flatMap(({ operations }) => operations.map(({ scope }) => scope)))].filter(Boolean).join('\n'))}</title>
<rect class="row" x="0" y="${at(middle(index) - row / 2)}" width="${columns.arrows}" height="${row}" rx="4"/>
<text class="number" x="34" y="${at(middle(index))}">${index}</text>
<text x="${columns.name}" y="${at(middle(index))}">${escaped(shortened(name, 26 - often.length) + often)}</text>
<rect class="box i${bin}" x="${columns.box}" y="${at(middle(index) - height / 2)}" width="${at(width(first, index))}" height="${height}" rx="3"/>
<text class="figure" x="${columns.arrows - 8}" y="${at(middle(index))}">${escaped(first.print(first.of(index)))}</text>
</g>`
  })
  const brackets = loops.map(({ from, to }) => {
    const [y1, y2] = [middle(from) - row / 2 + 3, middle(to - 1) + row / 2 - 3]
    return `<path class="loop" d="M6 ${at(y1)}H3V${at(y2)}H6"/>`
  })
  const all = top * 2 + row * kernels.length
  return `<svg class="graph" viewBox="0 0 ${columns.end} ${all}" role="group" aria-label="kernels and tensors">
<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L6 3L0 6z"/></marker></defs>
${rows.join('\n')}
${brackets.join('\n')}
<g class="arrows">${drawArrows(explained, middle)}</g>
</svg>`
}

/** One for each two kernels of which one reads what the other has written. */
function drawArrows({ kernels, tensors }: Explained, middle: (kernel: number) => number): string {
  const between = new Map<string, { from: number; to: number; bytes: number; names: string[] }>()
  for (const { name, bytes, madeBy, readBy } of tensors)
    for (const reader of madeBy === undefined ? [] : readBy) {
      const key = `${madeBy} ${reader}`
      const known = between.get(key) ?? { from: madeBy!, to: reader, bytes: 0, names: [] }
      known.bytes += bytes
      known.names.push(`${name}, ${amount(bytes, 'B')}`)
      between.set(key, known)
    }
  const most = Math.max(1, ...[...between.values()].map(({ bytes }) => bytes))
  const room = columns.end - columns.arrows - 14
  return [...between.values()]
    .toSorted((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .map(({ from, to, bytes, names }) => {
      const far = Math.abs(to - from) / Math.max(1, kernels.length - 1)
      // A cubic curve reaches three quarters of the way to its control points.
      const reach = columns.arrows + (room * (0.1 + 0.9 * Math.sqrt(far))) / 0.75
      const [y1, y2] = [middle(from) + 2, middle(to) - (from === to ? 4 : 2)]
      const width = 0.8 + 3.2 * Math.sqrt(bytes / most)
      const path = `M${columns.arrows + 2} ${at(y1)}C${at(reach)} ${at(y1)} ${at(reach)} ${at(y2)} ${columns.arrows + 6} ${at(y2)}`
      return `<path class="arrow${to <= from ? ' back' : ''}" data-from="${from}" data-to="${to}" d="${path}" stroke-width="${at(width)}" marker-end="url(#tip)"><title>${escaped(`${from} to ${to}: ${names.join('; ')}`)}</title></path>`
    })
    .join('\n')
}
