import { amount } from '../amount.ts'
import type { Explained } from '../explained.ts'
import type { Profile } from '../profile.ts'
import { countOf } from '../text.ts'
import { escaped } from './escape.ts'
import { bins, drawKernels, type Measure, measuresOf } from './graph.ts'
import { kernelDetails } from './kernel.ts'
import { drawMemory } from './memory.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/**
 * A page that says what became of a program: its kernels as a picture, memory over time, and for each kernel all that
 * is known. It needs nothing beside it, and no network.
 */
export function page(explained: Explained, profile?: Profile): string {
  const { program, dims, target, kernels, totals } = explained
  const sizes = Object.entries(dims).map(([name, size]) => `${name} = ${size}`)
  const measures = measuresOf(explained, profile)
  const first = measures.at(-1)!
  const largest = kernels.toSorted((a, b) => first.of(b.index) - first.of(a.index))[0]?.index ?? 0
  const moved = totals.least.bytes > 0 ? totals.bytes / totals.least.bytes : 1
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(program)}: ${countOf(kernels.length, 'kernel')}</title>
<style>${style}</style>
</head>
<body data-first="${largest}">
<header>
<h1>${escaped(program)}</h1>
<p>${escaped([...sizes, `for ${target}`, ...(profile ? [`on ${profile.device}`] : [])].join(', '))}</p>
</header>
<section class="tiles">
${tile('Kernels', `${totals.kernels}`, `at least ${totals.least.kernels}${totals.dispatches === totals.kernels ? '' : `; run ${totals.dispatches} times`}`)}
${tile('Work', amount(totals.flops, 'FLOP'), `${amount(totals.flops / Math.max(1, totals.bytes), 'FLOP/B')}`)}
${tile('Moved', amount(totals.bytes, 'B'), `at least ${amount(totals.least.bytes, 'B')}: ${moved.toPrecision(2)} times that`)}
${tile('Memory', amount(explained.memory.all, 'B'), `state ${amount(explained.memory.state, 'B')}, inputs ${amount(explained.memory.inputs, 'B')}, outputs ${amount(explained.memory.outputs, 'B')}`)}
${tile('Temporaries', amount(explained.memory.temporaries, 'B'), `in use at most ${amount(explained.memory.live, 'B')}; without reuse ${amount(explained.memory.withoutReuse, 'B')}`)}
${profile ? tile('Time', `${profile.milliseconds.toPrecision(3)} ms`, `${profile.runs} runs, by ${profile.clock}`) : ''}
</section>
<main>
<div class="left">
<section class="card">
<h2>Memory of temporaries while the kernels run</h2>
${drawMemory(explained)}
</section>
<section class="card">
<div class="bar"><h2>Kernels in the order in which they run</h2><span class="switch">${measures.map((measure) => button(measure, measure === first)).join('')}</span></div>
<p class="legend">FLOP/B ${bins.map((upTo, i) => `<span><i class="i${i}"></i>${upTo === Number.POSITIVE_INFINITY ? `over ${bins[i - 1]}` : `to ${upTo}`}</span>`).join('')}</p>
${drawKernels(explained, measures, first)}
</section>
</div>
<aside class="card">
${kernels.map((kernel) => kernelDetails(explained, kernel, profile)).join('\n')}
</aside>
</main>
<script>${script}</script>
</body>
</html>
`
}

const tile = (name: string, value: string, more: string): string =>
  `<div class="card"><h2>${name}</h2><b>${escaped(value)}</b><small>${escaped(more)}</small></div>`

const button = ({ name }: Measure, pressed: boolean): string =>
  `<button data-measure="${name}" aria-pressed="${pressed}">${name}</button>`
