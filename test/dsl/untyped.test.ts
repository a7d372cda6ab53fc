import { describe, expect, test } from 'vitest'
import { concat, FluxionError, f32, full, iota, program, type Tensor, traceProgram, zeros } from '../../dsl/index.ts'

// What types refuse can still come from JavaScript, or through a cast: the words are the language's own there too.

type Wrong = readonly [says: string, body: (x: Tensor<[2, 3]>) => unknown]
const wrong: readonly Wrong[] = [
  ['dtype error: cast: f64 is not a dtype; use f32, f16, i32, u32, bool', (x) => x.cast('f64' as never)],
  ['dtype error: cast: key is not a number', (x) => x.cast('key' as never)],
  ['dtype error: full: f64 is not a dtype; use f32, f16, i32, u32, bool', () => full([2], 1, 'f64' as never)],
  ['dtype error: iota: f64 is not a dtype; use f32, f16, i32, u32, bool', () => iota(2, 'f64' as never)],
  ['type error: full: undefined is not a number', () => full([2], undefined as never)],
  ["type error: full: '1' is not a number", () => full([2], '1' as never)],
  ['type error: reshape: 6 is not a shape; write a list of dims', (x) => x.reshape(6 as never)],
  ['type error: zeros: undefined is not a shape; write a list of dims', () => zeros(undefined as never)],
  ["shape error: zeros: '2' is not a dim; write a size or a name", () => zeros(['2'])],
  ["shape error: zeros: '1.5' is not a dim; write a size or a name", () => zeros([1.5])],
  ["shape error: reshape: 'null' is not a dim; write a size or a name", (x) => x.reshape([6, null] as never)],
  ['type error: concat: an object is not a list of tensors; write concat([a, b])', (x) => concat(x as never)],
]

describe('what only types refuse is refused by tracing', () => {
  for (const [says, body] of wrong) {
    test(says, () => {
      const of = program({ x: f32(2, 3) }, ({ x }) => body(x) as typeof x)
      let thrown: unknown
      try {
        traceProgram(of)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(FluxionError)
      expect((thrown as FluxionError).complaint).toBe(says)
      expect((thrown as FluxionError).frame?.file).toBe(import.meta.filename)
    })
  }
})
