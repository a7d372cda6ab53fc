import { type AnyProgram, program, type Resident, type Specs, type Tensors } from '../../dsl/index.ts'
import { type EmaLayout, ema, type State } from '../../dsl/optim/index.ts'
import { compile, type Device } from '../../index.ts'
import { leavesOf, type State as Nested } from '../../runtime/train/state.ts'
import { once, type Programs } from '../programs.ts'

const programs: Programs = new WeakMap()

/**
 * The averaged parameters of a training state: `state.average` of `priorStep`, on a device or as numbers, with the
 * decay that it was made with. They are the caller's, to free with `disposeParams`.
 */
export async function averagedParams<P extends Specs>(
  params: P,
  average: Resident<State<EmaLayout, Tensors<P>>> | object,
  averaging: number,
  device: Device,
): Promise<Resident<Tensors<P>>> {
  const mean = ema(averaging)
  const read = once(
    programs,
    params,
    `${averaging}`,
    () =>
      program(
        { average: mean.state(params as never) } as never,
        (({ average }: { average: never }) => ({ params: mean.read(average) })) as never,
        { name: 'averagedParams' },
      ) as unknown as AnyProgram,
  )
  const run = (await compile(read as never, device, {} as never)) as unknown as Read<P>
  try {
    return run({ average }).params
  } finally {
    // Its results have memory of their own.
    run.dispose()
  }
}

interface Read<P> {
  (inputs: object): { readonly params: Resident<Tensors<P>> }
  dispose(): void
}

/**
 * Frees parameters that lie on a device, nested as they are, now and not when they are collected; using them is an
 * error from then on.
 */
export function disposeParams(params: object): void {
  for (const { tensor } of leavesOf(params as Nested)) tensor.dispose()
}
