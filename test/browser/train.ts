import { step } from '../../bench/programs/matching.ts'
import { compile, type Device, type DeviceOptions, fit as fitted, openDevice } from '../../index.ts'
import { fiveGaussians, hostRandom, sample } from '../../models/index.ts'
import { dataset } from '../../runtime/data/index.ts'

// What the page runs, and Node as well.

/** Trains the prior of the five Gaussians, and gives the loss of each step and the device's name. */
export async function train(device: Device, { steps, n, seed }: Training): Promise<Trained> {
  const run = await compile(step, device, { n })
  const random = hostRandom(seed)
  const target = fiveGaussians()
  let state = await run.init({ seed })
  const losses = []
  for (let done = 0; done < steps; done++) {
    const results = run({ state, x1: sample(target, random, n) })
    state = results.state
    losses.push(results.loss)
    await device.ready()
  }
  return { device: device.name, losses: await Promise.all(losses.map((loss) => loss.item())) }
}

export interface Training {
  readonly steps: number
  readonly n: number
  readonly seed: number
}

export interface Trained {
  readonly device: string
  readonly losses: readonly number[]
}

/** The same, on a device of its own. */
export async function trainOn(kind: Device['kind'], training: Training, options?: DeviceOptions): Promise<Trained> {
  const device = await openDevice(kind, options)
  try {
    return await train(device, training)
  } finally {
    device.dispose()
  }
}

/** As many steps by `fit`, on 1000 points. */
export async function fitOn(
  kind: Device['kind'],
  { steps, n, seed }: Training,
  options?: DeviceOptions,
): Promise<Trained> {
  using device = await openDevice(kind, options)
  const points = sample(fiveGaussians(), hostRandom(seed), 1000)
  using trained = await fitted(
    step,
    device,
    { n },
    {
      data: dataset({ x1: { shape: [2], data: points } }),
      steps,
      seed,
      log: { every: 1 },
    },
  )
  return { device: device.name, losses: trained.entries.map(({ values }) => values.loss!) }
}
