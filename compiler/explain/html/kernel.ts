import { amount } from '../amount.ts'
import type { Explained, ExplainedKernel, ExplainedTensor } from '../explained.ts'
import type { Profile } from '../profile.ts'
import { operationsByLine, printSchedule } from '../text.ts'
import { escaped } from './escape.ts'

/** All that is known of a kernel. */
export function kernelDetails({ tensors }: Explained, kernel: ExplainedKernel, profile: Profile | undefined): string {
  const { index, name, flops, bytesRead, bytesWritten, intensity, nests, schedule, code, times } = kernel
  const timed = profile?.kernels[index]
  const figures: readonly (readonly [string, string])[] = [
    ['work', amount(flops, 'FLOP')],
    ['read', amount(bytesRead, 'B')],
    ['written', amount(bytesWritten, 'B')],
    ['intensity', amount(intensity, 'FLOP/B')],
    ...(times === 1 ? [] : [['runs', times === 0 ? 'in every turn of a loop' : `${times} times`] as const]),
    ...(timed
      ? [['time', `${timed.milliseconds.toPrecision(3)} ms, ${(100 * timed.share).toFixed(1)}%`] as const]
      : []),
    ...(timed?.gflops === undefined
      ? []
      : [['speed', `${timed.gflops.toPrecision(3)} GFLOP/s, ${timed.gbs!.toPrecision(3)} GB/s`] as const]),
  ]
  const [reads, writes] = [kernel.reads, kernel.writes].map((numbers) => numbers.map((number) => tensors[number]!))
  return `<article id="about-${index}" hidden>
<h2><span class="number">${index}</span> ${escaped(name)}</h2>
<dl class="figures">${figures.map(([what, value]) => `<div><dt>${what}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>
<h3>Computes</h3>
${nests
  .map(
    ({ shape, stores, operations }) => `<div class="nest"><p><code>[${shape.join(', ')}]</code> ${stores
      .map(({ name, line }) => `<b>${escaped(name)}</b>${line ? ` <span class="muted">${escaped(line)}</span>` : ''}`)
      .join(', ')}</p>
<ul class="operations">${operationsByLine(operations)
      .map((row) => `<li>${operationRow(row)}</li>`)
      .join('')}</ul></div>`,
  )
  .join('\n')}
<h3>Reads</h3>
<ul class="tensors">${reads!.map((tensor) => `<li>${tensorText(tensor)}${cameFrom(tensor, index)}</li>`).join('') || '<li>nothing</li>'}</ul>
<h3>Writes</h3>
<ul class="tensors">${writes!.map((tensor) => `<li>${tensorText(tensor)}${goesTo(tensor)}</li>`).join('')}</ul>
<h3>Runs</h3>
<p>${escaped(printSchedule(schedule))}</p>
${code === undefined ? '' : `<details><summary>Code</summary><pre>${escaped(code)}</pre></details>`}
</article>`
}

/** 'flow.ts:12 (layer 1): dot add' with where it is from apart. */
function operationRow(row: string): string {
  const end = row.lastIndexOf(': ')
  return end < 0
    ? escaped(row)
    : `<span class="muted">${escaped(row.slice(0, end))}</span> ${escaped(row.slice(end + 2))}`
}

const tensorText = ({ name, dtype, shape, bytes }: ExplainedTensor): string =>
  `<b>${escaped(name)}</b> <code>${dtype}[${shape.join(', ')}]</code> ${amount(bytes, 'B')}`

const link = (kernel: number): string => `<a href="#kernel-${kernel}">${kernel}</a>`

const cameFrom = ({ madeBy, kind, why }: ExplainedTensor, reader: number): string =>
  madeBy === undefined
    ? ` <span class="muted">${kind}</span>`
    : ` from ${madeBy === reader ? 'its last run' : link(madeBy)}<p class="why">${escaped(why!.text)}</p>`

const goesTo = ({ readBy, kind, why }: ExplainedTensor): string => {
  const to = readBy.length > 0 ? ` for ${readBy.map(link).join(', ')}` : ''
  return `${kind === 'temporary' ? '' : ` <span class="muted">${kind}</span>`}${to}<p class="why">${escaped(why!.text)}</p>`
}
