import { expect, test } from 'vitest'
import { bool, compile, f32, fromHost, i32, key, openDevice, program, toHost, u32 } from '../../index.ts'

const specs = { 0: { weight: f32(2, 3) }, count: i32(), key: key(), mask: bool(2), table: u32(2) }
const tensors = new Map([
  ['net.0.weight', { dtype: 'bf16', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['net.count', { dtype: 'i64', shape: [], data: BigInt64Array.of(-7n) }],
  ['net.key', { dtype: 'u32', shape: [2], data: Uint32Array.of(1, 2) }],
  ['net.mask', { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) }],
  ['net.table', { dtype: 'u8', shape: [2], data: Uint8Array.of(3, 4) }],
  ['other', { dtype: 'f32', shape: [1], data: Float32Array.of(9) }],
])

test('parameters are found by name, whatever the file has them as', () => {
  const found = fromHost(specs, tensors, { prefix: 'net' })
  const typed: {
    readonly 0: { readonly weight: Float32Array }
    readonly count: Int32Array
    readonly key: Uint32Array
  } = found
  expect(typed).toEqual({
    0: { weight: Float32Array.of(1, 2, 3, 4, 5, 6) },
    count: Int32Array.of(-7),
    key: Uint32Array.of(1, 2),
    mask: Uint32Array.of(1, 0),
    table: Uint32Array.of(3, 4),
  })
})

test('what a program gives comes back as it was', async () => {
  const device = await openDevice('cpu')
  const same = program({ state: specs }, ({ state }) => ({ state }))
  using run = await compile(same, device)
  const given = fromHost(specs, tensors, { prefix: 'net' })
  const { state } = run({ state: given })
  const read = await toHost(state, { prefix: 'net' })
  expect(fromHost(specs, read, { prefix: 'net' })).toEqual(given)
  expect([...read.keys()]).toEqual([...tensors.keys()].filter((name) => name !== 'other'))
  expect((await toHost(state.count)).get('')).toEqual({ dtype: 'i32', shape: [], data: Int32Array.of(-7) })
})

test('what is missing, and what does not fit, is said', () => {
  const message = (of: object, all = tensors): string => {
    try {
      fromHost(of as never, all, { prefix: 'net' })
      return 'no error'
    } catch (error) {
      return (error as Error).message.split('\n')[0]!
    }
  }
  expect(message({ bias: f32(3), also: f32() })).toBe(
    'type error: fromHost: there is no tensor net.bias and 1 more; there are net.0.weight, net.count, net.key, net.mask, net.table ...',
  )
  expect(message({ 0: { weight: f32(3, 2) } })).toBe('shape error: fromHost: net.0.weight is [2, 3], needs [3, 2]')
  expect(message({ count: f32() })).toBe('dtype error: fromHost: net.count is i64, needs f32')
  expect(message({ 0: { weight: i32(2, 3) } })).toBe('dtype error: fromHost: net.0.weight is bf16, needs i32')
  expect(message({ count: u32() })).toBe('dtype error: fromHost: net.count has -7, which u32 has not')
  const short = new Map([['net.w', { dtype: 'f32', shape: [3], data: new Float32Array(2) }]])
  expect(message({ w: f32(3) }, short as never)).toBe('shape error: fromHost: net.w is [3] and has 2 elements, needs 3')
  expect(message({ w: f32(3) }, {} as never)).toBe(
    'type error: fromHost: an object is not a map of tensors by name; loadSafetensors and loadCheckpoint give one',
  )
  expect(message({ net: 3 })).toBe('type error: fromHost: net is not a spec')
})
