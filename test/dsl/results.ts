import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnyProgram, traceProgram } from '../../dsl/index.ts'
import { type Device, openDevice } from '../../index.ts'
import { DeviceTensor } from '../../runtime/tensor.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { evaluated, type Numbers } from './run.ts'

/** The same record with the numbers of its tensors. */
export async function readAll(tree: unknown): Promise<unknown> {
  if (tree instanceof DeviceTensor) return [...(await tree.read())]
  const parts = Object.entries(tree as object).map(async ([name, part]) => [name, await readAll(part)] as const)
  return Object.fromEntries(await Promise.all(parts))
}

/** The numbers by path. */
export function flattened(tree: unknown, path = ''): { readonly [path: string]: readonly number[] } {
  if (Array.isArray(tree)) return { [path]: tree }
  const parts = Object.entries(tree as object).map(([name, part]) =>
    flattened(part, path === '' ? name : `${path}.${name}`),
  )
  return Object.assign({}, ...parts)
}

/**
 * On each device, a test for each result of a program that has no named dims: what is below `exact` is what the
 * evaluator gives, the rest is so to f32.
 */
export function testOnDevices(
  what: string,
  of: AnyProgram,
  inputs: Numbers,
  results: (device: Device) => Promise<unknown>,
): void {
  const expected = evaluated(traceProgram(of, {}), inputs)
  for (const [kind, skipped] of [
    ['cpu', false],
    ['webgpu', missing(computing, `${what} on WebGPU`)],
  ] as const)
    describe.skipIf(skipped)(`on ${kind}`, () => {
      let device: Device
      let found: { readonly [path: string]: readonly number[] }
      beforeAll(async () => {
        device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
        found = flattened(await readAll(await results(device)))
      })
      afterAll(() => device.dispose())

      for (const [path, { data }] of Object.entries(expected))
        test(`${path} is that of the evaluator`, () => {
          const given = found[path]!
          expect(given.length).toBe(data.length)
          // WGSL leaves the sign of a zero to the driver: Mesa's makes a choice of a product by 0 or 1.
          const exact = (e: number) => (kind === 'webgpu' && e === 0 ? 0 : e)
          if (path.startsWith('exact')) expect(given.map(exact)).toEqual([...data].map(exact))
          else {
            const off = given.map((e, i) => Math.abs(e - data[i]!) / (1 + Math.abs(data[i]!)))
            expect(Math.max(...off)).toBeLessThan(2e-6)
          }
        })
    })
}
