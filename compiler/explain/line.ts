import type { Compilation } from '../compile.ts'
import type { Equation } from '../ir/graph.ts'
import { printGraph } from '../ir/print.ts'
import { lineOf } from '../ir/source.ts'
import { printKernel } from '../kernel/print.ts'
import type { Code } from '../plan/plan.ts'

/**
 * Everything that comes from one line of the author's: equations, the kernels that compute them, and the lines of code
 * that do.
 */
export function followLine({ simplified, plan, steps }: Compilation, code: Code, line: string): string {
  const isHere = ({ source }: Equation): boolean => lineOf(source) === line
  // Where a row of a listing comes from stands at its end; matching.ts:2 is not matching.ts:23.
  const rowsOf = (text: string) => text.split('\n').filter((row) => row.endsWith(` ${line}`))
  const graph = rowsOf(printGraph(simplified, { sources: true }))
  const kernels = steps.flatMap(({ nests, ordered }, step) => {
    const here = nests.filter((nest) => nest.computes.some(isHere))
    if (here.length === 0) return []
    const text =
      code.target === 'wgsl'
        ? code.shaders[code.dispatches[step]!]!.source
        : printKernel(plan.kernels[plan.dispatches[step]!.kernel]!)
    const stored = here.flatMap(({ stores }) => stores.map(({ tensor }) => ordered.tensors[tensor]!.name))
    return [`kernel ${step}, computing ${stored.join(', ')}`, ...rowsOf(text)]
  })
  if (graph.length + kernels.length === 0) return `nothing that ${plan.name} computes comes from ${line}`
  return [`from ${line}`, '', ...graph, '', ...kernels].join('\n')
}
