import type { Traced } from '../compile.ts'
import { type Compiled, compileFor } from '../executable.ts'
import { describe } from '../explain/describe.ts'
import { checkRuns, profileOf } from '../explain/profile.ts'
import type { Capabilities, Target } from '../plan/plan.ts'
import type { Tuned } from '../plan/tuned.ts'
import { machineFor } from '../schedule/machine.ts'
import { tilesOn } from '../schedule/product-tiles.ts'
import { anyInputs } from './inputs.ts'
import { search, type TimedKernel, type Tuning, type TuningTrial } from './search.ts'

/** How `tune` measures. */
export interface TuneOptions<Inputs = unknown> {
  /** What the program is run with, as a call takes it; some numbers unless given. */
  readonly inputs?: Inputs
  /** How often the program runs in each trial; default 10. */
  readonly runs?: number
  /**
   * What was found before, of this program or others, which is gone on from; what the device was opened with, unless
   * given.
   */
  readonly tuned?: Tuned
  /** Called after each trial. */
  readonly onTrial?: (trial: TuningTrial) => void
}

/** What the search has to know of a device. */
export interface TunedDevice {
  readonly name: string
  readonly target: Target
  readonly capabilities: Capabilities
  readonly tuned?: Tuned
}

/** Runs a program so many times: the nanoseconds of each kernel in each run. */
export type Timed = (made: Compiled, runs: number, inputs: unknown) => Promise<readonly (readonly number[])[]>

/** Looks for the fastest kernels of a program on a device. Throws as `tune` does. */
export async function tuneFor(
  program: Traced,
  { name, target, capabilities, tuned: had = {} }: TunedDevice,
  { inputs, runs = 10, tuned: known = had, onTrial = () => {} }: TuneOptions,
  timed: Timed,
): Promise<Tuning> {
  checkRuns('tune', runs)
  const machine = machineFor(target, capabilities)
  if (!machine.groups)
    throw new TypeError(
      `tune: ${name} leaves nothing to choose: tiles are for the workgroups of a GPU in hardware, openDevice('webgpu')`,
    )
  const make = async (tuned: Tuned) => {
    const made = await compileFor(program, { target, capabilities, relaxed: false, tuned })
    return {
      code: JSON.stringify([made.plan, made.code]),
      async time() {
        // The first is not counted: what is cold is warm after it.
        const [, ...times] = await timed(made, runs + 1, inputs ?? anyInputs(made.plan))
        return kernelsOf(made, times)
      },
    }
  }
  const found = await search(known, tilesOn(machine), make, onTrial)
  return { ...found, tuned: { ...found.tuned, device: name } }
}

function kernelsOf(
  { compilation, code }: Compiled,
  nanoseconds: readonly (readonly number[])[],
): readonly TimedKernel[] {
  const { kernels } = profileOf(describe(compilation, code), '', nanoseconds)
  return kernels.map(({ index, milliseconds }) => ({
    products: compilation.steps[index]!.parts.flat().flatMap(({ group }) => group?.product ?? []),
    milliseconds,
  }))
}
