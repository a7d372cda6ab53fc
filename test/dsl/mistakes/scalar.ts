import { scalar } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

const product = scalar((x: number, y: number) => x * y)
const blend = scalar((x: number, y: number, t: number) => x + t * (y - x))
const cube = scalar((x: number) => x ** 3)

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: scalar: [n, 2] with [m, 2]: n and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x, y }) => product(x, y),
  },
  {
    says: 'shape error: scalar: [n, 2] with [n]: 2 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ x, t }) => blend(x, 0, t),
  },
  {
    says: "dtype error: scalar: i32 is not f32; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => product(2, ids),
  },
  {
    says: "dtype error: scalar: bool is not f32; cast('f32') first",
    // @ts-expect-error
    run: ({ flag }) => cube(flag),
  },
]
