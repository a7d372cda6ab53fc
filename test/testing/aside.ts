import { arrayOf, type NdArray } from '../../testing/array.ts'

type Inputs = { readonly [name: string]: NdArray }

/** Inputs a little aside, each element by another amount: what was equal differs, and kinks that met lie apart. */
export const aside = (inputs: Inputs): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input], i) => {
      const { shape, dtype, data } = input
      if (dtype !== 'f32') return [name, input]
      return [
        name,
        arrayOf(
          shape,
          dtype,
          data.map((value, k) => value + 0.01 * Math.sin(1 + 1.7 * k + 0.3 * i)),
        ),
      ]
    }),
  )
