import type { Random } from 'fast-check'
import type { DType } from '../dsl/index.ts'

// The elements of one tensor: how they are drawn, and the simpler ones that are tried in their place when a property
// fails.

/** The least and the greatest value of an element. */
export interface Range {
  readonly min?: number
  readonly max?: number
}
interface Bounds {
  readonly min: number
  readonly max: number
}

const usual: { readonly [D in DType]: Range } = {
  f32: {},
  f16: {},
  i32: { min: -5, max: 5 },
  u32: { min: 0, max: 10 },
  bool: { min: 0, max: 1 },
  key: { min: 0, max: 2 ** 32 - 1 },
}
/** What elements are drawn from. Where only one end is given, the other lies as far from it as it usually does. */
export function boundsOf(dtype: DType, range: Range = {}): Bounds {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = usual[dtype]
  const span = max - min
  return {
    min: range.min ?? (range.max === undefined ? min : Math.min(min, range.max - span)),
    max: range.max ?? (range.min === undefined ? max : Math.max(max, range.min + span)),
  }
}

const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f16'

/**
 * Mostly standard normal numbers, and sometimes only 0, 1 and their like, which collide and cancel. With both ends
 * given, uniform between them.
 */
export function drawElements(random: Random, count: number, dtype: DType, bounds: Bounds): Float64Array {
  const { min, max } = bounds
  const plain = random.nextInt(1, 8) === 1
  const draw = (): number => {
    if (!isFloat(dtype)) return random.nextInt(min, max)
    if (plain) return [0, 1, -1, 0.5, 2][random.nextInt(0, 4)]!
    if (Number.isFinite(min) && Number.isFinite(max)) return min + (max - min) * random.nextDouble()
    const z = normal(random)
    return Number.isFinite(min) ? min + Math.abs(z) : Number.isFinite(max) ? max - Math.abs(z) : z
  }
  // Six decimals: enough to be different, few enough to be read.
  return Float64Array.from({ length: count }, () => clamp(Math.round(draw() * 1e6) / 1e6, bounds))
}
const clamp = (value: number, { min, max }: Bounds): number => Math.min(max, Math.max(min, value))

/** Box and Muller. */
export const normal = (random: Pick<Random, 'nextDouble'>): number =>
  Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble())

/** What an element may become, the simplest first. */
const simpler: readonly ((value: number) => number)[] = [
  () => 0,
  () => 1,
  Math.trunc,
  (value) => Math.sign(value) * Math.ceil(Math.abs(value)),
  (value) => Math.trunc(value / 2),
  (value) => Math.round(value * 10) / 10,
]
/** So that every step makes it simpler, and there is a last one. */
function complexity(value: number): number {
  const size = Math.min(1e3, Math.abs(value)) + (value < 0 ? 0.5 : 0)
  if (value === 0 || value === 1) return value
  return size + (Number.isInteger(value) ? 2 : Number.isInteger(value * 10) ? 2e3 : 4e3)
}

/** A large tensor is not looked at element by element. */
const mostBlocks = 16

/** Simpler elements: all of them at once, then half of them, and so on down to each. */
export function* simplerElements(data: Float64Array, bounds: Bounds): Generator<Float64Array> {
  const within = ({ min, max }: Bounds, value: number) => value >= min && value <= max
  for (let blocks = 1; blocks <= Math.min(mostBlocks, 2 * data.length); blocks *= 2) {
    const length = Math.max(1, Math.ceil(data.length / blocks))
    for (let start = 0; start < data.length; start += length) {
      const seen = new Set<string>()
      for (const change of simpler) {
        const next = data.slice()
        let better = false
        for (let i = start; i < Math.min(start + length, data.length); i++) {
          const value = change(data[i]!)
          if (!within(bounds, value) || complexity(value) >= complexity(data[i]!)) continue
          // -0 is no simpler than 0.
          next[i] = value + 0
          better = true
        }
        const text = better ? next.subarray(start, start + length).join() : ''
        if (!better || seen.has(text)) continue
        seen.add(text)
        yield next
      }
    }
    if (length === 1) return
  }
}
