// The distributions of jax.random, written for the tests alone: loops over numbers and BigInt, from JAX's own source
// (jax/_src/random/core.py of 0.11.1). Floats are computed in float64 from the f32 that JAX starts from.

export type Key = readonly [number, number]

const word = (x: bigint): bigint => x & 0xffffffffn

/** Threefry-2x32, 20 rounds, as in Salmon et al. 2011. */
export function threefry([k0, k1]: Key, [c0, c1]: Key): Key {
  const rotate = (x: bigint, by: bigint) => word((x << by) | (x >> (32n - by)))
  const keys = [BigInt(k0), BigInt(k1), 0x1bd11bdan ^ BigInt(k0) ^ BigInt(k1)]
  const turns = [
    [13n, 15n, 26n, 6n],
    [17n, 29n, 16n, 24n],
  ]
  let [a, b] = [word(BigInt(c0) + keys[0]!), word(BigInt(c1) + keys[1]!)]
  for (let group = 0; group < 5; group++) {
    for (const turn of turns[group % 2]!) {
      a = word(a + b)
      b = a ^ rotate(b, turn)
    }
    a = word(a + keys[(group + 1) % 3]!)
    b = word(b + keys[(group + 2) % 3]! + BigInt(group + 1))
  }
  return [Number(a), Number(b)]
}

/** How counters are given to elements. */
export interface Layout {
  bits(key: Key, count: number): number[]
  split(key: Key, count: number): Key[]
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** jax_threefry_partitionable: the default since JAX 0.5. */
export const partitionable: Layout = {
  bits: (key, count) =>
    upTo(count).map((i) => {
      const [high, low] = threefry(key, [0, i])
      return (high ^ low) >>> 0
    }),
  split: (key, count) => upTo(count).map((i) => threefry(key, [0, i])),
}

/** Before: the counters in two halves, and the words of each hash as two elements that stand half the list apart. */
export const original: Layout = {
  bits(key, count) {
    const half = Math.ceil(count / 2)
    const hashes = upTo(half).map((i) => threefry(key, [i, half + i < count ? half + i : 0]))
    return [...hashes.map(([high]) => high), ...hashes.map(([, low]) => low)].slice(0, count)
  },
  split(key, count) {
    const words = original.bits(key, 2 * count)
    return upTo(count).map((i) => [words[2 * i]!, words[2 * i + 1]!])
  },
}

const bytes = new DataView(new ArrayBuffer(4))
const floatOf = (bits: number): number => {
  bytes.setUint32(0, bits)
  return bytes.getFloat32(0)
}

/**
 * Keys under which the uniform number of element 0 is 0, and the greatest, 1 - 2^-23. They were looked for; one of 2^23
 * keys is such.
 */
export const extremes: readonly Key[] = [
  [0, 780233],
  [0, 20192286],
]

/** The random functions over one layout. Shapes are counts of elements in row-major order. */
export const randomOf = (layout: Layout) => {
  const { bits, split } = layout
  const foldIn = (key: Key, data: number): Key => threefry(key, [0, data >>> 0])
  const unit = (key: Key, count: number) => bits(key, count).map((b) => floatOf((b >>> 9) | 0x3f800000) - 1)
  const uniform = (key: Key, count: number, min = 0, max = 1) => {
    const [low, high] = [Math.fround(min), Math.fround(max)]
    return unit(key, count).map((u) => Math.max(low, u * Math.fround(high - low) + low))
  }
  const sqrt2 = Math.fround(Math.SQRT2)
  const normal = (key: Key, count: number) => uniform(key, count, -1 + 2 ** -24, 1).map((u) => sqrt2 * erfInv(u))
  const truncatedNormal = (key: Key, count: number, lower: number, upper: number) => {
    const [a, b] = [lower, upper].map((x) => erf(Math.fround(Math.fround(x) / sqrt2)))
    return uniform(key, count, a, b).map((u) => Math.min(Math.max(sqrt2 * erfInv(u), lower), upper))
  }
  const bernoulli = (key: Key, count: number, p: number | readonly number[]) =>
    unit(key, count).map((u, i) => Number(u < Math.fround(typeof p === 'number' ? p : p[i]!)))
  const rademacher = (key: Key, count: number) => bernoulli(key, count, 0.5).map((one) => 2 * one - 1)
  const exponential = (key: Key, count: number) => unit(key, count).map((u) => -Math.log1p(-u))
  const gumbel = (key: Key, count: number) => uniform(key, count, 2 ** -126, 1).map((u) => -Math.log(-Math.log(u)))

  const randint = (key: Key, count: number, min: number, max: number): number[] => {
    const [first, second] = split(key, 2)
    const [higher, lower] = [bits(first!, count).map(BigInt), bits(second!, count).map(BigInt)]
    // A span of 2^32 is 0 in 32 bits, and a remainder by 0 leaves a number as it is.
    const span = word(BigInt(max) - BigInt(min))
    const rem = (x: bigint) => (span === 0n ? x : x % span)
    const root = rem(2n ** 16n)
    const multiplier = rem(word(root * root))
    return upTo(count).map((i) => {
      const offset = rem(word(word(rem(higher[i]!) * multiplier) + rem(lower[i]!)))
      return Number(BigInt(min) + offset)
    })
  }

  /** Logits as rows, one a draw. */
  const categorical = (key: Key, logits: readonly (readonly number[])[], place: (row: number, k: number) => number) => {
    const noise = gumbel(key, logits.length * (logits[0]?.length ?? 0))
    return logits.map((row, i) => {
      const scores = row.map((x, k) => x + noise[place(i, k)]!)
      return scores.indexOf(Math.max(...scores))
    })
  }

  const permutation = (key: Key, n: number): number[] => {
    let [now, order] = [key, upTo(n)]
    const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1))
    for (let round = 0; round < rounds; round++) {
      const [next, sub] = split(now, 2)
      now = next!
      const keys = bits(sub!, n)
      const before = order
      order = upTo(n)
        .sort((i, j) => keys[i]! - keys[j]! || i - j)
        .map((i) => before[i]!)
    }
    return order
  }

  const choice = (key: Key, n: number, count: number, replace: boolean, p?: readonly number[]): number[] => {
    if (!p) return replace ? randint(key, count, 0, n) : permutation(key, n).slice(0, count)
    if (!replace) {
      const scores = gumbel(key, n).map((g, i) => g + Math.log(p[i]!))
      return upTo(n)
        .sort((i, j) => scores[j]! - scores[i]! || i - j)
        .slice(0, count)
    }
    const sums = p.map((_, i) => p.slice(0, i + 1).reduce((a, b) => a + b, 0))
    return unit(key, count).map((u) => {
      const at = sums.at(-1)! * (1 - u)
      return sums.findIndex((sum) => sum >= at)
    })
  }

  return {
    ...{ bits, split, foldIn, unit, uniform, normal, truncatedNormal, bernoulli, rademacher },
    ...{ exponential, gumbel, randint, categorical, permutation, choice },
  }
}

/** erf by Simpson's rule on its integral. */
export function erf(x: number): number {
  const steps = 2 * Math.ceil(100 * Math.min(Math.abs(x), 6) + 1)
  const end = Math.sign(x) * Math.min(Math.abs(x), 6)
  let sum = 0
  for (let i = 0; i <= steps; i++) {
    const t = (end * i) / steps
    sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp(-t * t)
  }
  return ((2 / Math.sqrt(Math.PI)) * sum * end) / steps / 3
}

/** Its inverse by Newton's method, from a point on the side of 0 from which it does not overshoot. */
export function erfInv(y: number): number {
  let x = 0
  for (let step = 0; step < 200; step++) {
    const next = x + ((y - erf(x)) * Math.sqrt(Math.PI) * Math.exp(x * x)) / 2
    if (Math.abs(next - x) <= 1e-14 * Math.abs(next)) return next
    x = next
  }
  return x
}
