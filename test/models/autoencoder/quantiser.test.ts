import { describe, expect, test } from 'vitest'
import { sgd } from '../../../dsl/optim/index.ts'
import { compile, f32, fit, grad, i32, key, openDevice, program, type Tensor } from '../../../index.ts'
import { hostRandom, mlpAutoencoder, quantisedStep, vectorQuantiser } from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'
import { checkGradient, evaluateProgram, type NdArray } from '../../../testing/index.ts'
import { compileProgram } from '../../compiler/fuse/compile-program.ts'

const averaged = vectorQuantiser({ codes: 3, dimension: 2, decay: 0.9, restart: 0 })
const quantise = program({ codebook: f32(3, 2), z: f32('m', 2) }, ({ codebook, z }) => averaged.quantise(codebook, z))
const codebook = [
  [0, 0],
  [1, 0],
  [0, 2],
]
const vectors = [
  [0.1, 0.2],
  [0.9, -0.3],
  [0.2, 1.6],
  [0.8, 0.1],
]
const normals = (seed: number, rows: number, columns: number) => {
  const random = hostRandom(seed)
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()))
}
/** The index of the nearest row, found by distances. */
const nearest = (z: readonly number[], codes: readonly (readonly number[])[]) => {
  const distances = codes.map((code) => code.reduce((sum, value, i) => sum + (value - z[i]!) ** 2, 0))
  return distances.indexOf(Math.min(...distances))
}

describe('rounding', () => {
  test('gives the nearest code, the first of those that tie, and how far it is', () => {
    const found = evaluateProgram(quantise, { codebook, z: [...vectors, [0.5, 0]] })
    expect([...found.indices.data]).toEqual([0, 1, 2, 1, 0])
    expect([...found.z.data].map((value) => value + 0)).toEqual([0, 0, 1, 0, 0, 2, 1, 0, 0, 0])
    for (const [i, distance] of [0.05, 0.1, 0.2, 0.05, 0.25].entries()) {
      expect(found.commitment.data[i]).toBeCloseTo(distance, 12)
      expect(found.codebook.data[i]).toBeCloseTo(distance, 12)
    }
    const codes = normals(1, 3, 2)
    const z = normals(2, 200, 2)
    expect([...evaluateProgram(quantise, { codebook: codes, z }).indices.data]).toEqual(z.map((z) => nearest(z, codes)))
  })

  test('gradients go through as if nothing had been rounded: that of a loss is its own, at the code', () => {
    const loss = (z: Tensor<['m', 2]>) => z.square().mul(z).add(z.sin()).sum()
    const both = program({ codebook: f32(3, 2), z: f32('m', 2) }, ({ codebook, z }) => ({
      through: grad((z: Tensor<['m', 2]>) => loss(averaged.quantise(codebook, z).z))(z),
      itself: grad(loss)(averaged.quantise(codebook, z).z),
      codes: grad((codes: Tensor<[3, 2]>) => loss(averaged.quantise(codes, z).z))(codebook),
    }))
    const { through, itself, codes } = evaluateProgram(both, { codebook, z: vectors })
    expect([...through.data]).toEqual([...itself.data])
    expect([...itself.data].some((value) => value > 1)).toBe(true)
    expect([...codes.data]).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('the commitment draws vectors to codes, and the loss of the codebook codes to vectors, and not the other way', () => {
    const gradients = program({ codebook: f32(3, 2), z: f32('m', 2) }, ({ codebook, z }) => {
      const of = (part: 'commitment' | 'codebook') => (codes: Tensor<[3, 2]>, z: Tensor<['m', 2]>) =>
        averaged.quantise(codes, z)[part].sum()
      return {
        z: grad(of('commitment'), { argument: 1 })(codebook, z),
        codes: grad(of('codebook'))(codebook, z),
        none: [
          grad(of('commitment'))(codebook, z).abs().sum(),
          grad(of('codebook'), { argument: 1 })(codebook, z).abs().sum(),
        ],
      }
    })
    const found = evaluateProgram(gradients, { codebook, z: vectors })
    const indices = vectors.map((z) => nearest(z, codebook))
    const apart = vectors.map((z, i) => z.map((value, d) => 2 * (value - codebook[indices[i]!]![d]!)))
    for (const [i, value] of apart.flat().entries()) expect(found.z.data[i]).toBeCloseTo(value, 12)
    const sums = codebook.map((_, k) =>
      [0, 1].map((d) => apart.reduce((sum, row, i) => sum - (indices[i] === k ? row[d]! : 0), 0)),
    )
    for (const [i, value] of sums.flat().entries()) expect(found.codes.data[i]).toBeCloseTo(value, 12)
    expect(found.none.map(({ data }) => data[0])).toEqual([0, 0])
  })

  test('its gradients are those of their values, away from where codes change', () => {
    const loss = program({ codebook: f32(3, 2), z: f32('m', 2) }, ({ codebook, z }) =>
      averaged.quantise(codebook, z).commitment.sum(),
    )
    checkGradient(loss, { codebook, z: vectors } as never, { wrt: 'z' })
  })

  test('the perplexity is the number of codes where all are used alike, and 1 where one has all', () => {
    const of = (z: readonly (readonly number[])[]) => evaluateProgram(quantise, { codebook, z }).perplexity.data[0]
    expect(of([...codebook, ...codebook])).toBeCloseTo(3, 12)
    expect(of([[0, 0], [0.1, 0]])).toBe(1) // biome-ignore format: rows
    expect(of([[0, 0], [1, 0], [1, 0], [1, 0]])).toBeCloseTo(Math.exp(-0.25 * Math.log(0.25) - 0.75 * Math.log(0.75)), 12) // biome-ignore format: rows
  })
})

/** What is kept after a batch. */
const updated = (quantiser: typeof averaged) =>
  program({ state: quantiser.state, z: f32('m', 2), indices: i32('m'), key: key() }, ({ state, z, indices, key }) => {
    const after = quantiser.update({}, state, z, indices, key)
    return { state: after.state, codebook: quantiser.codebook({}, after.state) }
  })

describe('a codebook of averages', () => {
  test('is computed by hand over some batches', () => {
    const run = updated(averaged)
    let uses = [1, 1, 1]
    let sums = codebook.map((code) => [...code])
    let state: { uses: unknown; sums: unknown } = { uses, sums }
    for (let step = 0; step < 4; step++) {
      const z = normals(step, 5, 2)
      // By other codes than these, so that one is never used.
      const indices = z.map((_, i) => (i + step) % 2)
      const found = evaluateProgram(run, { state, z, indices, key: [0, step] } as never)
      uses = uses.map((value, k) => 0.9 * value + 0.1 * indices.filter((index) => index === k).length)
      sums = sums.map((row, k) =>
        row.map((value, d) => 0.9 * value + 0.1 * z.reduce((sum, one, i) => sum + (indices[i] === k ? one[d]! : 0), 0)),
      )
      const all = uses.reduce((sum, value) => sum + value, 0)
      const codes = sums.map((row, k) => row.map((value) => value / (((uses[k]! + 1e-5) / (all + 3e-5)) * all)))
      const close = (given: NdArray, wanted: readonly number[]) => {
        for (const [i, value] of wanted.entries()) expect(given.data[i]).toBeCloseTo(value, 12)
      }
      close(found.state.uses, uses)
      close(found.state.sums, sums.flat())
      close(found.codebook, codes.flat())
      state = found.state
    }
  })

  test('tends to the mean of the vectors that a code has', () => {
    const run = updated(averaged)
    const z = [[1, 2], [3, 4], [9, 9], [-1, 0]] // biome-ignore format: rows
    let state: unknown = { uses: [1, 1, 1], sums: codebook }
    let found: { state: unknown; codebook: NdArray } | undefined
    for (let step = 0; step < 200; step++) {
      found = evaluateProgram(run, { state, z, indices: [0, 0, 1, 2], key: [0, 1] } as never)
      state = found.state
    }
    for (const [i, value] of [2, 3, 9, 9, -1, 0].entries()) expect(found!.codebook.data[i]).toBeCloseTo(value, 3)
  })

  test('starts at what its sums start at', () => {
    const of = program({ kept: averaged.state }, ({ kept }) => averaged.codebook({}, kept))
    const { data } = evaluateProgram(of, { kept: { uses: [1, 1, 1], sums: codebook } })
    for (const [i, value] of codebook.flat().entries()) expect(data[i]).toBeCloseTo(value, 12)
  })

  test('restarts codes that are used too little, each from a vector of the batch, and leaves the others', () => {
    const run = updated(vectorQuantiser({ codes: 3, dimension: 2, decay: 0.9, restart: 0.2 }) as typeof averaged)
    const z = normals(9, 6, 2)
    const given = { state: { uses: [2.5, 0.01, 2.5], sums: codebook }, z, indices: [0, 0, 0, 2, 2, 2] }
    const chosen = new Set<number>()
    for (let seed = 0; seed < 20; seed++) {
      const found = evaluateProgram(run, { ...given, key: [0, seed] } as never)
      expect(found.state.uses.data[1]).toBe(2)
      expect(found.state.uses.data[0]).toBeCloseTo(0.9 * 2.5 + 0.3, 12)
      const code = [...found.codebook.data.slice(2, 4)]
      const row = z.findIndex((one) => one.every((value, d) => Math.abs(value - code[d]!) < 1e-4))
      expect(row).toBeGreaterThanOrEqual(0)
      chosen.add(row)
      expect(found.state.sums.data[4]).toBeCloseTo(0.1 * (z[3]![0]! + z[4]![0]! + z[5]![0]!), 12)
    }
    expect(chosen.size).toBeGreaterThan(2)
  })
})

test('a codebook that is trained by gradient is restarted in its parameters', () => {
  const quantiser = vectorQuantiser({ codes: 3, dimension: 2, method: 'gradient', decay: 0.9, restart: 0.2 })
  const run = program(
    { params: quantiser.params, state: quantiser.state, z: f32('m', 2), indices: i32('m'), key: key() },
    ({ params, state, z, indices, key }) => ({
      ...quantiser.update(params, state, z, indices, key),
      now: quantiser.codebook(params, state),
    }),
  )
  const z = normals(9, 6, 2)
  const found = evaluateProgram(run, {
    params: { codebook },
    state: { uses: [2.5, 0.01, 2.5] },
    z,
    indices: [0, 0, 0, 2, 2, 2],
    key: [0, 4],
  })
  const { data } = found.params.codebook
  expect([...found.now.data]).toEqual(codebook.flat())
  expect([data[0], data[1], data[4], data[5]]).toEqual([0, 0, 0, 2])
  expect(z).toContainEqual([data[2], data[3]])
})

/** Four kinds of rows with a little noise. */
const kinds = (() => {
  const random = hostRandom(1)
  const means = normals(7, 4, 6)
  return dataset({
    image: {
      shape: [6],
      data: Float32Array.from(
        { length: 240 * 6 },
        (_, i) => 2 * means[Math.floor(i / 6) % 4]![i % 6]! + 0.05 * random.normal(),
      ),
    },
  })
})()

describe('training', () => {
  const model = mlpAutoencoder({ shape: [6], latent: [2, 3], widths: [16] })

  test.each(['average', 'gradient'] as const)('by %s: few codes suffice for few kinds of rows', async (method) => {
    const device = await openDevice('cpu')
    const quantiser = vectorQuantiser({ codes: 8, dimension: 3, method, decay: 0.9 })
    const step = quantisedStep(model, quantiser)
    using fitted = await fit(step, device, { n: 32 }, { data: kinds, steps: 500, seed: 3, log: { every: 50 } })
    const values = fitted.entries.map(({ values }) => values as Record<string, number>)
    expect(Object.keys(values[0]!).sort()).toEqual(['commitment', 'loss', 'perplexity', 'reconstruction'])
    expect(values[0]!.reconstruction).toBeGreaterThan(5)
    expect(values.at(-1)!.reconstruction).toBeLessThan(0.5)
    expect(values.at(-1)!.perplexity).toBeGreaterThan(2)
    device.dispose()
  })

  test('the loss is reconstruction + weight commitment, and with a gradient ||z - code||^2 beside it', async () => {
    const device = await openDevice('cpu')
    const { image } = await kinds.rows([0, 1, 2, 3])
    for (const [method, weight] of [
      ['average', 0.5],
      ['gradient', 1.5],
    ] as const) {
      // biome-ignore format: pairs
      const quantiser = vectorQuantiser({ codes: 8, dimension: 3, method })
      const step = quantisedStep(model, quantiser, { commitment: 0.5, optimiser: sgd({ learningRate: 0.01 }) })
      const run = await compile(step, device, { n: 4 })
      const made = run({ state: await run.init({ seed: 1 }), image })
      const loss = await made.loss.item()
      const [reconstruction, commitment] = [await made.reconstruction.item(), await made.commitment.item()]
      expect(commitment).toBeGreaterThan(0.01)
      expect(loss).toBeCloseTo(reconstruction + weight * commitment, 4)
    }
    device.dispose()
  })

  test('a step keeps to its kernels', () => {
    const count = (method: 'average' | 'gradient') => {
      const step = quantisedStep(model, vectorQuantiser({ codes: 8, dimension: 3, method }))
      return compileProgram(step, { n: 32 }, 'wasm').plan.dispatches.length
    }
    // Two layers, distances, codes and averages, two layers and the loss, and as many back.
    expect(count('average')).toBeLessThanOrEqual(12)
    expect(count('gradient')).toBeLessThanOrEqual(12)
  })
})

test('what does not fit is refused', () => {
  const model = mlpAutoencoder({ shape: [6], latent: [2, 3], widths: [16] })
  expect(() => quantisedStep(model, vectorQuantiser({ codes: 4, dimension: 2 }))).toThrow(
    'quantisedStep: latents are [2, 3], needs vectors of 2, as codes are',
  )
  expect(() => quantisedStep(model, vectorQuantiser({ codes: 4, dimension: 3 }), { commitment: -1 })).toThrow(
    'quantisedStep: commitment is -1, needs a number of at least 0',
  )
  expect(() => vectorQuantiser({ codes: 0, dimension: 2 })).toThrow('codes is 0, needs a whole number of at least 1')
  expect(() => vectorQuantiser({ codes: 2, dimension: 2, method: 'other' as never })).toThrow(
    "vectorQuantiser: method is other, needs 'average' or 'gradient'",
  )
})
