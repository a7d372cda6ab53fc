import type { Compilation } from '../compile.ts'
import { printGraph } from '../ir/print.ts'
import { printKernel } from '../kernel/print.ts'
import type { Code, Plan } from '../plan/plan.ts'
import { amount } from './amount.ts'
import { describe } from './describe.ts'
import type { Explained } from './explained.ts'
import { followLine } from './line.ts'
import type { Profile } from './profile.ts'
import { printExplained } from './text.ts'

export interface ExplainOptions {
  /** The graph as it was traced and as it was simplified, with the author's lines. */
  readonly graph?: boolean
  /** The kernels in the kernel language, and as WGSL where that is the target. */
  readonly code?: boolean
  /** Only what comes from one of the author's lines, all the way: 'flow.ts:12'. */
  readonly line?: string
  /** 'text' to read here, 'json' as data, 'html' as a page of its own, which comes as a promise. */
  readonly format?: 'text' | 'json' | 'html'
  /** Times to show on the page. */
  readonly profile?: Profile
}

/**
 * What became of a program: its kernels, what was fused into each and why what it reads was stored, work, bytes moved
 * and memory; on request graphs and generated code.
 *
 * The page is made by code of its own, which a bundler leaves out until it is asked for.
 */
export function explain(
  compilation: Compilation,
  code: Code,
  options: ExplainOptions = {},
): string | Explained | Promise<string> {
  const { format = 'text' } = options
  if (format === 'json') return describe(compilation, code, options.code)
  if (format === 'html')
    return import('./html/page.ts').then(({ page }) => page(describe(compilation, code, true), options.profile))
  if (format !== 'text') throw new TypeError(`explain: the format is ${format}; write 'text', 'json' or 'html'`)
  return explainText(compilation, code, options)
}

function explainText(compilation: Compilation, code: Code, { graph, code: withCode, line }: ExplainOptions): string {
  if (line !== undefined) return followLine(compilation, code, line)
  const parts = [printExplained(describe(compilation, code))]
  if (graph) {
    const { traced, simplified } = compilation
    parts.push(`Graph as traced\n\n${printGraph(traced.graph, { sources: true })}`)
    parts.push(`Graph simplified\n\n${printGraph(simplified, { sources: true })}`)
  }
  if (withCode) parts.push(...codeOf(compilation.plan, code))
  return parts.join('\n\n')
}

const codeOf = (plan: Plan, code: Code): readonly string[] =>
  code.target === 'wgsl'
    ? code.shaders.map((shader) => shader.source)
    : [...plan.kernels.map(printKernel), `${amount(code.module.length, 'B')} of WebAssembly`]
