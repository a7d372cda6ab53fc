import type { DeviceTensor, Shape } from '../../dsl/index.ts'
import { fit } from '../../index.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { Device } from '../../runtime/device.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'

/** How a model is trained that makes features. */
export interface FeatureTraining {
  /** Default 2,000. */
  readonly steps?: number
  /** Rows a step. Default 128. */
  readonly batch?: number
  /** Adam's at first; it falls to 0 along a cosine. Default 1e-3. */
  readonly learningRate?: number
  /** Of the first parameters, the order of the rows and what else is random. Default 0. */
  readonly seed?: number
  /** Where training leaves its traces. */
  readonly record?: Recorder
  readonly signal?: AbortSignal
}

/**
 * The state that a step ends with, on the host: arrays nested as the state is; and the last of each scalar that was
 * logged.
 */
export async function trained(
  step: unknown,
  device: Device,
  data: Dataset,
  { steps = 2000, batch = 128, seed = 0, record, signal }: FeatureTraining,
): Promise<{ readonly state: Nested; readonly last: { readonly [name: string]: number } }> {
  const fitted = await (fit as unknown as AnyFit)(
    step,
    device,
    { n: batch },
    {
      data,
      steps,
      seed,
      ...(record && { record }),
      ...(signal && { signal }),
    },
  )
  try {
    const last = fitted.entries.filter(({ kind }) => kind === 'train').at(-1)
    return { state: await read(fitted.state), last: last?.values ?? {} }
  } finally {
    fitted.dispose()
  }
}

/** Records of arrays. */
export interface Nested {
  readonly [name: string]: Nested | Float32Array
}

async function read(state: object): Promise<Nested> {
  const parts = Object.entries(state).map(async ([name, part]: [string, DeviceTensor<Shape> | object]) => [
    name,
    'read' in part ? await part.read() : await read(part),
  ])
  return Object.fromEntries(await Promise.all(parts))
}

type AnyFit = (
  step: unknown,
  device: Device,
  sizes: { readonly n: number },
  options: object,
) => Promise<{
  readonly state: object
  readonly entries: readonly { readonly kind: string; readonly values: { readonly [name: string]: number } }[]
  dispose(): void
}>
