import { type AnyProgram, program, type Resident, type Specs, type Tensors } from '../../dsl/index.ts'
import { type EmaLayout, ema, type State } from '../../dsl/optim/index.ts'
import { compile, type Device } from '../../index.ts'
import { once, type Programs } from './programs.ts'

const programs: Programs = new WeakMap()

/** The averaged parameters of a training state: `state.average` of `priorStep`, on a device or as numbers, with the decay that it was made with. */
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
  const run = (await compile(read as never, device, {} as never)) as unknown as (inputs: object) => {
    readonly params: Resident<Tensors<P>>
  }
  return run({ average }).params
}
