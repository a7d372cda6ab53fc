// Modules that tests build, and one that uses what comes of them.

export const model = `import { bool, f16, f32, i32, initialised, key, normal, program, split, u32, valueAndGrad } from 'fluxion'

/**
 * A step down the mean of (x w)^2, with noise.
 *
 * @see elsewhere
 */
export const step = program(
  {
    state: { w: initialised(f32('d'), (key, shape) => normal(key, shape)), key: key() },
    x: f32('n', 'd'),
    rate: f32(),
  },
  ({ state, x, rate }) => {
    const [next, forNoise] = split(state.key, 2)
    const [loss, g] = valueAndGrad((w) => x.mul(w).square().mean())(state.w)
    const w = state.w.sub(g.mul(rate)).add(normal(forNoise, ['d']).mul(0.01))
    return { state: { w, key: next }, loss, rows: x.mul(w).sum(1) }
  },
  { name: 'step' },
)

// Every dtype goes through.
export const every = program(
  { flags: bool('n'), flag: bool(), ids: i32('n'), counts: u32(2), half: f16('n'), seed: key() },
  ({ flags, flag, ids, counts, half, seed }) => ({ flags, flag, ids: ids.neg(), counts, half: half.mul(2), seed }),
  { name: 'every' },
)

/** Twice as much. */
export default program({ x: f32(3), two_words: f32() }, ({ x, two_words }) => x.mul(two_words), { name: 'scaled' })
const hidden = program({ 'in-put': f32('n+1') }, (inputs) => ({ 'out-put': inputs['in-put'].add(1) }), { name: 'hidden' })
export { hidden as delete }
`

export const alignment = `import { align, freePointsStep, mlpField } from 'fluxion/models'

export const field = mlpField(2, { widths: [16] })

/** Points that are moved to where a prior has its mass. */
export const alignPoints = freePointsStep(2, (y, key, { prior }) => align((x, t) => field.apply(prior, x, t), y, key), {
  given: { prior: field.params },
})
`

/** Right calls, and wrong ones of which each has an error. */
export const user = `import { openDevice, type TypedTensor } from 'fluxion/runtime'
import scaled, { delete as deleted, every, step } from './made/model.js'
import { step as several } from './several/model.js'

const device = await openDevice('cpu')
const run = await step(device)
const state: step.Results['state'] = await run.init({ seed: 0 })
const inputs: step.Inputs = { state, x: new Float32Array(12), rate: 0.1 }
export const { loss, rows, state: after } = run(inputs)
const { last, history } = run.steps(3, { ...inputs, state: after, rate: new Float32Array(1) }, { history: true })
export const losses: TypedTensor<[number], 'f32'> = history.loss
export const w: Float32Array = await last.state.w.read()
export const shape: readonly [6] = rows.shape
const held = run.upload({ x: new Float32Array(12) })
run({ state: last.state, rate: loss, ...held })
export const bytes: number = run.bytes

const all = await every(device, { n: 6 })
const { seed, ids, half } = all({ flags: new Uint32Array(6), flag: true, ids: new Int32Array(6), counts: new Uint32Array(2), half: [1, 2, 3, 4, 5, 6], seed: new Uint32Array(2) })
export const words: Uint32Array = await seed.read()
export const numbers: readonly [Int32Array, Float32Array] = [await ids.read(), await half.read()]
export const three: TypedTensor<[3], 'f32'> = (await scaled(device))({ x: new Float32Array(3), two_words: 2 })
export const out = (await deleted(device))({ 'in-put': new Float32Array(7) })['out-put']

export const small = await several(device, { n: 4, d: 3 })
export const four: readonly [4] = small({ state: await small.init({ seed: 0 }), x: new Float32Array(12), rate: 0 }).rows.shape
declare const either: several.Sizes
export const chosen: Promise<{ readonly bytes: number }> = several(device, either)

// @ts-expect-error the state is missing
run({ x: new Float32Array(12), rate: 0.1 })
// @ts-expect-error x is of numbers
run({ ...inputs, x: new Int32Array(12) })
// @ts-expect-error rows are of 6, not of 6 x 2
run({ ...inputs, x: rows })
// @ts-expect-error there is no such input
run({ ...inputs, y: 1 })
// @ts-expect-error a key is no number
all({ flags: new Uint32Array(6), flag: true, ids: new Int32Array(6), counts: new Uint32Array(2), half: [], seed: 1 })
// @ts-expect-error state is not uploaded
run.upload({ state })
// @ts-expect-error it has no state
all.init({ seed: 0 })
// @ts-expect-error the loss is no vector
export const wrong: readonly [6] = loss.shape
// @ts-expect-error it was not built for 7
void several(device, { n: 7, d: 3 })
// @ts-expect-error of several sizes some have to be chosen
void several(device)
// @ts-expect-error it was built for others
void step(device, { n: 4, d: 3 })
`

/** Numbers for specs, whatever they are called, as lists: so they can be sent to a page. */
export const listsFor = (specs: object): object =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]: [string, { readonly shape?: readonly number[] }]) => [
      name,
      spec.shape
        ? Array.from({ length: spec.shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround(Math.sin(3 * i + 1)))
        : listsFor(spec),
    ]),
  )

/** The same as arrays, as programs take them. */
export const arraysOf = (part: object): unknown =>
  Array.isArray(part)
    ? Float32Array.from(part)
    : Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, arraysOf(inner)]))
