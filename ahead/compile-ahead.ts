import type { Followed, Made, Variant } from '../compiler/ahead/module.ts'
import { originsOf } from '../compiler/ahead/origins.ts'
import { type Compiled, compilable, compileFor, type MadeFor } from '../compiler/executable.ts'
import type { Target } from '../compiler/plan/plan.ts'
import { type AnyProgram, isLeaf, type Sizes, type Traced, traceInit, traceProgram } from '../dsl/index.ts'
import { baseline } from '../runtime/capabilities.ts'
import { type Figures, figuresOf } from './figures.ts'

/** A program for some sizes, compiled for targets, with what there is to say of each. */
export interface CompiledVariant extends Variant {
  readonly targets: { readonly [T in Target]?: CompiledTarget }
}

export interface CompiledTarget extends Made {
  readonly figures: { readonly program: Figures; readonly init?: Figures }
}

export interface AheadOptions {
  readonly targets: readonly Target[]
  /** Multiply-adds that round once, which not every engine has. */
  readonly relaxedSimd: boolean
}

/**
 * Compiles a program for every device of some targets: WebAssembly with SIMD, and WGSL with what every WebGPU device
 * has. Where it has state, what makes its first state is compiled with it.
 *
 * Throws what tracing throws: errors about the program, with its author's line.
 */
export async function compileAhead(
  program: AnyProgram,
  dims: Sizes,
  { targets, relaxedSimd }: AheadOptions,
): Promise<CompiledVariant> {
  const { inputs, threadsState } = program['~definition']
  const hasState = inputs.state !== undefined && threadsState
  const [traced, init] = await apart((): [Traced, Traced | undefined] => [
    traceProgram(program, dims),
    hasState ? traceInit(program, 'state', dims) : undefined,
  ])
  const made: [Target, CompiledTarget][] = []
  for (const target of targets) {
    const relaxed = relaxedSimd && target === 'wasm'
    const madeFor: MadeFor = { target, capabilities: baseline, relaxed }
    const compiled = await compileTraced(traced, dims, madeFor)
    const initialiser = init && (await compileTraced(init, dims, madeFor))
    made.push([
      target,
      {
        features: target === 'wasm' ? ['simd', ...(relaxed ? ['relaxed-simd'] : [])] : [],
        program: followed(compiled),
        ...(initialiser && { init: followed(initialiser) }),
        figures: { program: figuresOf(compiled), ...(initialiser && { init: figuresOf(initialiser) }) },
      },
    ])
  }
  return { dims, targets: Object.fromEntries(made) }
}

/**
 * In a turn of its own: whoever waits for this is on its stack otherwise, and would be taken for the author of what is
 * traced.
 */
const apart = <T>(trace: () => T): Promise<T> =>
  new Promise((done, failed) => {
    setTimeout(() => {
      try {
        done(trace())
      } catch (error) {
        failed(error)
      }
    })
  })

const compileTraced = (traced: Traced, dims: Sizes, madeFor: MadeFor): Promise<Compiled> =>
  compileFor(compilable(traced, dims, isLeaf), madeFor)

const followed = ({ plan, code, compilation }: Compiled): Followed => ({
  executable: { plan, code },
  origins: originsOf(compilation, code),
})
