import { expectTypeOf } from 'vitest'
import { type Device, type DeviceTensor, type Entry, fit } from '../../../index.ts'
import { type Column, type Dataset, dataset } from '../../../runtime/data/index.ts'
import { points, step } from './regression.ts'

// What tsc makes of fit: looked at by `npm run check`, never run.

declare const device: Device
const { set } = points(50)
const given = { data: set, inputs: { noise: 0.1 }, steps: 1 }

type Fixed = { readonly [name in 'x' | 'y']: Column<name extends 'x' ? readonly [2] : readonly [], 'f32'> }

export async function types(): Promise<void> {
  const fitted = await fit(
    step,
    device,
    { n: 16 },
    {
      ...given,
      evaluate: {
        every: 1,
        run: async ({ state, step }) => {
          expectTypeOf(step).toEqualTypeOf<number>()
          expectTypeOf(state.params[0].weight).toEqualTypeOf<DeviceTensor<[2, 8]>>()
          return { norm: await state.params[1].bias.item() }
        },
      },
      stop: (evaluations) => {
        expectTypeOf(evaluations).toEqualTypeOf<readonly Entry[]>()
        return evaluations.at(-1)!.values.norm! > 1
      },
      scale: { x: { mean: 0, std: 1 } },
    },
  )
  expectTypeOf(fitted.state.params[0].weight).toEqualTypeOf<DeviceTensor<[2, 8]>>()
  expectTypeOf(fitted.state.key).toEqualTypeOf<DeviceTensor<[], 'key'>>()

  // Arrays for what else the program takes, and tensors.
  await fit(step, device, { n: 16 }, { ...given, inputs: { noise: Float32Array.of(1) } })
  await fit(
    step,
    device,
    { n: 16 },
    { ...given, inputs: { noise: fitted.state.params[1].bias as unknown as DeviceTensor<[]> } },
  )
  // Columns whose shapes cannot be written to are of the same shapes.
  await fit(step, device, { n: 16 }, { ...given, data: set as Dataset<Fixed> })
  // Shapes that are not known are looked at when it is called.
  await fit(step, device, { n: 16 }, { ...given, data: set as unknown as Dataset })
}

export async function mistakes(): Promise<void> {
  const rows = new Float32Array(6)
  const y = { data: rows }
  // @ts-expect-error shape error: input x takes rows of [2], and the data has rows of [3]
  await fit(step, device, { n: 16 }, { ...given, data: dataset({ x: { shape: [3], data: rows }, y }) })
  // @ts-expect-error dtype error: input x is f32, and the data has rows of i32
  await fit(step, device, { n: 16 }, { ...given, data: dataset({ x: { shape: [2], data: new Int32Array(6) }, y }) })
  // @ts-expect-error type error: input noise is missing
  await fit(step, device, { n: 16 }, { data: set, inputs: {}, steps: 1 })
  // @ts-expect-error type error: there is no input nose
  await fit(step, device, { n: 16 }, { ...given, inputs: { noise: 1, nose: 1 } })
  // @ts-expect-error noise is one number
  await fit(step, device, { n: 16 }, { ...given, inputs: { noise: 'loud' } })
  // @ts-expect-error type error: the program has no dim m
  await fit(step, device, { n: 16, m: 1 }, given)
  // @ts-expect-error there is no such column
  await fit(step, device, { n: 16 }, { ...given, scale: { z: { mean: 0, std: 1 } } })
  // @ts-expect-error measures are numbers
  await fit(step, device, { n: 16 }, { ...given, evaluate: { every: 1, run: () => ({ loss: 'low' }) } })
}
