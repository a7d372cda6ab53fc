import { describe, expect, test } from 'vitest'
import { compile, type Device, f32, openDevice, program, WebGpuError } from '../../index.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import { amountOf } from '../../runtime/too-large.ts'
import { onGpu } from './step.ts'
import { checking, missing } from './webgpu/gpus.ts'
import { opened } from './webgpu/opened.ts'

/** The line that called this, as messages name it. */
const line = (): number => Number(/too-large\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1])

let product = 0
/** x^T x is n by n, and is stored; all else is small. */
const large = program({ x: f32('n', 4), y: f32('n') }, ({ x, y }) => {
  product = line() + 1
  const gram = x.matmul(x.transpose()).tanh()
  return { out: gram.matmul(gram.softmax(1)).matmul(y.expand(1)).sum() }
})

const messageOf = async (device: Device, n: number): Promise<string> => {
  const error: unknown = await compile(large, device, { n }).catch((error: unknown) => error)
  return error instanceof Error ? error.message : `no error but ${error}`
}

describe('a program that does not fit says so when it is loaded, and what takes the room', () => {
  test('on the CPU', async () => {
    const message = await messageOf(await openCpu(), 40_000)
    expect(message).toMatch(/^program at .+ needs \d+\.\d\d GB of memory, and WebAssembly has at most 4\.29 GB\n/)
    expect(message).toContain(`The largest there:\n`)
    expect(message).toMatch(
      new RegExp(`\\n {2}\\S+ \\[40000, 40000\\], 6\\.40 GB \\(too-large\\.test\\.ts:${product}\\)\\n`),
    )
    expect(message).toMatch(
      /Try smaller sizes, such as a smaller batch; or checkpoint\(\.\.\.\) around parts .+; or the work split/,
    )
  })

  test.skipIf(missing(checking, 'WebGPU without a GPU'))('on a GPU, before anything is made of it', async () => {
    const { device, gpuDevice } = await opened(checking.gpu!)
    const { maxBufferSize, maxStorageBufferBindingSize } = gpuDevice.limits
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize)
    const n = 4 * Math.ceil(Math.sqrt(most / 4) / 4) + 4
    const message = await messageOf(device, n)
    expect(message).toMatch(/ needs .+ in one piece for 'temporary', and this GPU allows .+ \(max(Storage)?Buffer/)
    expect(message).toContain(`[${n}, ${n}], ${amountOf(4 * n * n)} (too-large.test.ts:${product})\n`)
    device.dispose()
  })

  test.skipIf(missing(checking, 'WebGPU without a GPU'))('all regions that are too large are named', async () => {
    const { device, gpuDevice } = await opened(checking.gpu!)
    const { plan, code } = onGpu(1)
    const size = gpuDevice.limits.maxBufferSize
    const regions = plan.regions.map((region, i) => (i === 0 || i === 2 ? { ...region, size } : region))
    const error: unknown = await device.load({ plan: { ...plan, regions }, code }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WebGpuError)
    expect((error as WebGpuError).message).toMatch(
      /^step needs .+ in one piece for 'state' and .+ in one piece for 'input', and this GPU allows .+; try smaller sizes/,
    )
    device.dispose()
  })
})

test('what fits says nothing', async () => {
  const run = await compile(large, await openDevice('cpu'), { n: 8 })
  expect(await run({ x: new Float32Array(32), y: new Float32Array(8) }).out.item()).toBe(0)
})
