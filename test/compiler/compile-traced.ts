import { arrangeTraced, type Compilation, emitKernels } from '../../compiler/compile.ts'
import type { Declared } from '../../compiler/kernel/expr.ts'
import * as declared from '../../compiler/kernel/functions/declared.ts'
import { groupPairs } from '../../compiler/schedule/group-pairs.ts'
import { onCpu } from '../../compiler/schedule/on-cpu.ts'
import { onGpu } from '../../compiler/schedule/on-gpu.ts'

/** All that primitives call. */
export const declarations = Object.values(declared).filter((fn): fn is Declared => typeof fn === 'object')
export const functions = await declared.loaded(declarations)

/** What compileTraced gives, at once, since all that it could load is here. */
export const compileTraced = (...given: Parameters<typeof arrangeTraced>): Compilation => {
  const planned = arrangeTraced(...given)
  const { machine } = planned
  const schedule = machine.target === 'wasm' ? onCpu(machine) : onGpu(machine, groupPairs)
  return emitKernels(planned, { functions, schedule })
}
