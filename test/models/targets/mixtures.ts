import fc from 'fast-check'
import { gaussianMixture, type Mixture } from '../../../models/index.ts'

const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true }).map((value) => Math.round(value * 1000) / 1000)

/** A mixture of one to four Gaussians in d dimensions, and a point near it. */
export const mixtureAndPoint = (d: number): fc.Arbitrary<{ target: Mixture; x: number[] }> => {
  const point = fc.array(number(-2, 2), { minLength: d, maxLength: d })
  const component = fc.record({ mean: point, weight: number(0.1, 1) })
  return fc.record({
    x: point,
    target: fc
      .record({ components: fc.array(component, { minLength: 1, maxLength: 4 }), std: number(0.15, 1.5) })
      .map(({ components, std }) => {
        const means = components.map(({ mean }) => mean)
        return gaussianMixture(
          means,
          std,
          components.map(({ weight }) => weight),
        )
      }),
  })
}

/** A time that leaves the noise some width, for quadrature over data and for finite differences. */
export const time = number(0.05, 0.9)
