import { expect, test } from 'vitest'
import { compile, openDevice, program, type TensorOnHost } from '../../../../index.ts'
import { fromStateDict, simpleMlpAdaLN, toStateDict } from '../../../../models/index.ts'
import { parseSafetensors, serializeSafetensors } from '../../../../runtime/data/index.ts'
import { complaintOf } from './complaint-of.ts'

const field = simpleMlpAdaLN(2, { width: 3, blocks: 1, condition: { classes: 4 } })
/** What PyTorch says of the public network of this size, the table of the classes beside it. */
const shapes: { readonly [name: string]: readonly number[] } = {
  'time_embed.mlp.0.weight': [3, 256],
  'time_embed.mlp.0.bias': [3],
  'time_embed.mlp.2.weight': [3, 3],
  'time_embed.mlp.2.bias': [3],
  'cond_embed.weight': [4, 3],
  'input_proj.weight': [3, 2],
  'input_proj.bias': [3],
  'res_blocks.0.in_ln.weight': [3],
  'res_blocks.0.in_ln.bias': [3],
  'res_blocks.0.mlp.0.weight': [3, 3],
  'res_blocks.0.mlp.0.bias': [3],
  'res_blocks.0.mlp.2.weight': [3, 3],
  'res_blocks.0.mlp.2.bias': [3],
  'res_blocks.0.adaLN_modulation.1.weight': [9, 3],
  'res_blocks.0.adaLN_modulation.1.bias': [9],
  'final_layer.adaLN_modulation.1.weight': [6, 3],
  'final_layer.adaLN_modulation.1.bias': [6],
  'final_layer.linear.weight': [2, 3],
  'final_layer.linear.bias': [2],
}
/** Elements are 0, 1, ... 255, which halves of either kind have. */
const state: ReadonlyMap<string, TensorOnHost> = new Map(
  Object.entries(shapes).map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1)
    return [name, { dtype: 'f32', shape, data: Float32Array.from({ length: count }, (_, i) => i % 256) }]
  }),
)
const renamed = (tensors: ReadonlyMap<string, TensorOnHost>, rename: (name: string) => string) =>
  new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]))

test('it has the names and shapes of the public code', async () => {
  const given = await toStateDict(field, fromStateDict(field, state))
  expect(given).toEqual(state)
})

test('weights are turned', () => {
  const params = fromStateDict(field, state)
  expect([...params.input_proj.weight]).toEqual([0, 2, 4, 1, 3, 5])
  // A table is not.
  expect([...params.cond_embed.weight]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('from a device to a file of halves and back', async () => {
  const device = await openDevice('cpu')
  using run = await compile(
    program({ state: field.params }, ({ state }) => ({ state })),
    device,
    {},
  )
  const before = fromStateDict(field, state)
  const there = await toStateDict(field, run({ state: before }).state)
  for (const dtype of ['f32', 'f16', 'bf16'] as const) {
    const tensors = new Map([...there].map(([name, tensor]) => [`module.net.${name}`, { ...tensor, dtype }]))
    expect(fromStateDict(field, parseSafetensors(serializeSafetensors(tensors)).tensors())).toEqual(before)
  }
  device.dispose()
})

test('a common prefix is found, and of several models one is named', () => {
  const expected = fromStateDict(field, state)
  for (const prefix of ['model.', 'module.', 'net.', 'ema.module.'])
    expect(
      fromStateDict(
        field,
        renamed(state, (name) => prefix + name),
      ),
    ).toEqual(expected)
  const two = new Map([...renamed(state, (name) => `ema.${name}`), ...renamed(state, (name) => `model.${name}`)])
  expect(fromStateDict(field, two, { prefix: 'model' })).toEqual(expected)
  expect(complaintOf(() => fromStateDict(field, two))).toBe(
    `type error: fromStateDict: the field has no model.time_embed.mlp.0.weight, model.time_embed.mlp.0.bias, model.time_embed.mlp.2.weight and 16 more`,
  )
})

test('what is wrong with a state dict is said by name', () => {
  const wrong = (change: (tensors: Map<string, TensorOnHost>) => void, options = {}): string => {
    const tensors = renamed(state, (name) => `model.${name}`)
    change(tensors)
    return complaintOf(() => fromStateDict(field, tensors, options))
  }
  expect(wrong((tensors) => tensors.delete('model.input_proj.bias'))).toBe(
    'type error: fromStateDict: there is no model.input_proj.bias',
  )
  expect(
    wrong((tensors) => {
      tensors.set('model.res_blocks.1.in_ln.bias', tensors.get('model.input_proj.bias')!)
      tensors.delete('model.cond_embed.weight')
    }),
  ).toBe(
    'type error: fromStateDict: there is no model.cond_embed.weight; the field has no model.res_blocks.1.in_ln.bias',
  )
  expect(
    wrong((tensors) => {
      tensors.set('model.input_proj.weight', { dtype: 'f32', shape: [2, 3], data: new Float32Array(6) })
      tensors.set('model.input_proj.bias', { dtype: 'f32', shape: [], data: new Float32Array(1) })
    }),
  ).toBe(
    'shape error: fromStateDict: model.input_proj.weight is [2, 3], needs [3, 2], model.input_proj.bias is [], needs [3]',
  )
  expect(
    wrong((tensors) => tensors.set('model.input_proj.bias', { dtype: 'i64', shape: [3], data: new BigInt64Array(3) })),
  ).toBe('dtype error: fromStateDict: model.input_proj.bias is i64, needs floats')
  expect(wrong((tensors) => tensors.clear())).toMatch(
    /^type error: fromStateDict: there is no time_embed.mlp.0.weight, .* and 16 more$/,
  )
  expect(wrong(() => {}, { prefix: 'net' })).toMatch(/there is no net.time_embed.mlp.0.weight/)
  expect(wrong(() => {}, { prefix: 1 })).toBe('type error: fromStateDict: the prefix is 1, which is not a name')
  expect(complaintOf(() => fromStateDict(field, {} as never))).toMatch(/an object is not a map of tensors by name/)
})

test('parameters that are none have no state dict', async () => {
  const params = fromStateDict(field, state)
  const message = (wrong: object) =>
    toStateDict(field, { ...params, ...wrong } as never).catch((error) => error.complaint as string)
  expect(await message({ input_proj: {} })).toBe(
    'type error: toStateDict: input_proj.weight is undefined, needs a tensor of f32 or a Float32Array',
  )
  expect(await message({ input_proj: { ...params.input_proj, bias: new Float32Array(2) } })).toBe(
    'shape error: toStateDict: input_proj.bias has 2 elements, needs 3',
  )
})
