import {
  arrangeSimplified,
  type Compilation,
  emitKernels,
  simplifyTraced,
  type Traced,
} from '../../compiler/compile.ts'
import { pairing } from '../../compiler/fuse/pairs.ts'
import type { Declared } from '../../compiler/kernel/expr.ts'
import * as declared from '../../compiler/kernel/functions/declared.ts'
import type { Capabilities, Target } from '../../compiler/plan/plan.ts'
import { groupPairs } from '../../compiler/schedule/group-pairs.ts'
import { type Machine, type MachineOptions, machineFor } from '../../compiler/schedule/machine.ts'
import { onCpu } from '../../compiler/schedule/on-cpu.ts'
import { onGpu } from '../../compiler/schedule/on-gpu.ts'
import type { Schedule } from '../../compiler/schedule/schedule.ts'

/** All that primitives call. */
export const declarations = Object.values(declared).filter((fn): fn is Declared => typeof fn === 'object')
export const functions = await declared.loaded(declarations)

/** What compileTraced gives, at once, since all that it could load is here. */
export function compileTraced(
  traced: Traced,
  target: Target,
  capabilities?: Capabilities,
  options?: MachineOptions,
): Compilation {
  const machine = machineFor(target, capabilities, options)
  const planned = arrangeSimplified(simplifyTraced(traced, machine), pairing(machine.fewestPairs))
  return emitKernels(planned, { functions, schedule: scheduleFor(machine) })
}

export const scheduleFor = (machine: Machine): Schedule =>
  machine.target === 'wasm' ? onCpu(machine) : onGpu(machine, groupPairs)
