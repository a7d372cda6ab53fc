import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type AnyProgram,
  compile,
  type Elements,
  f32,
  fromHost,
  openDevice,
  program,
  type Tensor,
  traceProgram,
  valueAndGrad,
} from '../../../../index.ts'
import { fromStateDict, simpleMlpAdaLN, toStateDict } from '../../../../models/index.ts'
import { asF32, type HostTensor } from '../../../../runtime/data/index.ts'
import { loadSafetensors } from '../../../../runtime/node/index.ts'
import { closeTo, evaluated } from '../../../dsl/run.ts'

// Against PyTorch (fixtures/make.py), which computed in float64 with all parameters random. Gradients are those of the
// flow-matching loss: in the parameters, and in y both through x_t and through the target.

const plain = simpleMlpAdaLN(3, { width: 16, blocks: 2 })
const conditioned = simpleMlpAdaLN(2, { width: 8, blocks: 1, condition: { features: 5 } })

const plainResults = program(
  { params: plain.params, y: f32('n', 3), x0: f32('n', 3), t: f32('n') },
  ({ params, y, x0, t }) => {
    const velocity = (p: typeof params, y: Tensor<['n', 3]>) => plain.apply(p, x0.lerp(y, t.expand(1)), t)
    const [loss, gradient] = valueAndGrad((at: { params: typeof params; y: Tensor<['n', 3]> }) =>
      velocity(at.params, at.y).sub(at.y.sub(x0)).square().sum(1).mean(),
    )({ params, y })
    return { v: velocity(params, y), loss, gradient }
  },
)
const conditionedResults = program(
  { params: conditioned.params, y: f32('n', 2), x0: f32('n', 2), t: f32('n'), cond: f32('n', 5) },
  ({ params, y, x0, t, cond }) => {
    const velocity = (p: typeof params, y: Tensor<['n', 2]>) => conditioned.apply(p, x0.lerp(y, t.expand(1)), t, cond)
    const [loss, gradient] = valueAndGrad((at: { params: typeof params; y: Tensor<['n', 2]> }) =>
      velocity(at.params, at.y).sub(at.y.sub(x0)).square().sum(1).mean(),
    )({ params, y })
    return { v: velocity(params, y), loss, gradient }
  },
)

/** The one stands for both: they differ in literals alone. */
interface Case {
  readonly name: string
  readonly field: typeof plain
  readonly of: typeof plainResults
  readonly n: number
}
const cases = [
  { name: 'plain', field: plain, of: plainResults, n: 2 },
  { name: 'conditioned', field: conditioned, of: conditionedResults, n: 3 },
] as unknown as readonly Case[]

type File = ReadonlyMap<string, HostTensor>
const load = async ({ name, field }: Case) => {
  const file = (await loadSafetensors(join(import.meta.dirname, 'fixtures', `${name}.safetensors`))).tensors()
  const names = ['y', 'x0', 't', 'cond'].filter((name) => file.has(name))
  const inputs = Object.fromEntries(names.map((name) => [name, asF32(file.get(name)!)]))
  return { file, inputs: { params: fromStateDict(field, file, { prefix: 'model' }), ...inputs } }
}

interface Found {
  readonly v: ArrayLike<number>
  readonly loss: ArrayLike<number>
  readonly y: ArrayLike<number>
  readonly params: Elements<typeof plain.params>
}
async function check({ field }: Case, file: File, found: Found, values: number, gradients: number): Promise<void> {
  const numbers = (name: string) => file.get(name)!.data as Float64Array
  closeTo(found.v, numbers('v'), values, 'v')
  closeTo(found.loss, numbers('loss'), values, 'loss')
  closeTo(found.y, numbers('gradient.y'), gradients, 'y')
  // The file has all but the largest.
  const named = await toStateDict(field, found.params)
  const kept = [...named].filter(([name]) => file.has(`gradient.${name}`))
  expect(kept).toHaveLength(named.size - 1)
  for (const [name, { data }] of kept) closeTo(data, numbers(`gradient.${name}`), gradients, name)
}

describe.each(cases)('$name', (one) => {
  test('the float64 evaluator computes what PyTorch does', async () => {
    const { file, inputs } = await load(one)
    const found = evaluated(traceProgram(one.of as unknown as AnyProgram, { n: one.n }), inputs as never)
    const gradients = new Map(Object.entries(found).map(([path, tensor]) => [path, { ...tensor, dtype: 'f64' }]))
    const params = fromHost(one.field.params, gradients, { prefix: 'gradient.params' })
    const at = (path: string) => found[path]!.data
    await check(one, file, { v: at('v'), loss: at('loss'), y: at('gradient.y'), params }, 1e-10, 1e-6)
  })

  test('the CPU does', async () => {
    const { file, inputs } = await load(one)
    const device = await openDevice('cpu')
    using run = await compile(one.of, device, { n: one.n })
    const { v, loss, gradient } = run(inputs as never)
    const params = gradient.params as unknown as Found['params']
    await check(
      one,
      file,
      { v: await v.read(), loss: await loss.read(), y: await gradient.y.read(), params },
      1e-5,
      1e-4,
    )
    device.dispose()
  })

  test('the state dict comes out as it went in', async () => {
    const { file, inputs } = await load(one)
    const state = [...file].flatMap(([name, tensor]) =>
      name.startsWith('model.') ? [[name.slice('model.'.length), tensor] as const] : [],
    )
    expect(await toStateDict(one.field, inputs.params)).toEqual(new Map(state))
  })
})
