import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flowPriorStep } from '../../../../bench/programs/flow-prior.ts'
import { mlpStep } from '../../../../bench/programs/mlp.ts'
import { residualMlpStep } from '../../../../bench/programs/residual-mlp.ts'
import { transformerStep } from '../../../../bench/programs/transformer.ts'
import type { Capabilities } from '../../../../compiler/plan/plan.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import type { AnyProgram } from '../../../../dsl/index.ts'
import { baseline } from '../../../../runtime/capabilities.ts'
import type { Device } from '../../../../runtime/device.ts'
import { openWebGpu } from '../../../../runtime/webgpu/index.ts'
import { everyNth } from '../../../full.ts'
import { checking, missing } from '../../../runtime/webgpu/gpus.ts'
import { compileProgram } from '../../fuse/compile-program.ts'

// What a GPU accepts, for each kind of GPU: kernels are made for what it can do.

const variants: readonly { readonly name: string; readonly capabilities: Capabilities }[] = [
  { name: 'any', capabilities: baseline },
  { name: 'with subgroups', capabilities: { ...baseline, subgroups: { min: 32, max: 32 } } },
  { name: 'in software', capabilities: { ...baseline, software: true } },
]

const programs: readonly { readonly name: string; readonly program: AnyProgram; readonly n: number }[] = [
  { name: 'an MLP', program: mlpStep as unknown as AnyProgram, n: 1024 },
  { name: 'an MLP, a prime number of rows', program: mlpStep as unknown as AnyProgram, n: 257 },
  { name: 'a flow prior', program: flowPriorStep(32, 512, 1) as unknown as AnyProgram, n: 256 },
  {
    name: 'a residual MLP with norms',
    program: residualMlpStep(32, 1024, 1, { norm: true }) as unknown as AnyProgram,
    n: 256,
  },
  {
    name: 'a wide residual MLP',
    program: residualMlpStep(32, 1024, 1, { norm: false }) as unknown as AnyProgram,
    n: 4096,
  },
  { name: 'a transformer block', program: transformerStep(64, 2) as unknown as AnyProgram, n: 512 },
  {
    name: 'a transformer block, a prime number of rows',
    program: transformerStep(96, 2) as unknown as AnyProgram,
    n: 509,
  },
]

describe.skipIf(missing(checking, 'variants of kernels'))('kernels for a GPU', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(checking.gpu!)
  })
  afterAll(() => device.dispose())

  describe.each(variants)('$name', ({ capabilities }) => {
    test.each(programs)('of $name are accepted', async ({ program, n }) => {
      const { plan } = compileProgram(program, { n }, 'wgsl', capabilities)
      const loaded = await device.load({ plan, code: printWgsl(plan, capabilities) })
      expect(plan.kernels.some(({ nests }) => nests.some(({ group }) => group))).toBe(!capabilities.software)
      loaded.dispose()
    })
  })
})

test.each([
  ['a flow prior', flowPriorStep(32, 256, 2), 256],
  ['a residual MLP with norms', residualMlpStep(32, 256, 2, { norm: true }), 128],
  ['a wide residual MLP', residualMlpStep(32, 1024, 1, { norm: false }), 4096],
  ['a transformer block', transformerStep(64, 2), 512],
] as const)('no kernel of %s reads or writes vectors one element after the other', (_, program, n) => {
  const capabilities = { ...baseline, subgroups: { min: 32, max: 32 } }
  const { plan } = compileProgram(program as unknown as AnyProgram, { n }, 'wgsl', capabilities)
  const single = printWgsl(plan, capabilities).shaders.flatMap(
    ({ source }) => source.match(/fn (load|store)4_\w+/g) ?? [],
  )
  expect(single).toEqual([])
})

describe.each([16_384, 32_768])('with %s bytes of shared memory', (workgroupBytes) => {
  test.each(everyNth(programs, 2))('kernels of $name use no more', ({ program, n }) => {
    const capabilities = { ...baseline, workgroupBytes }
    const { shaders } = printWgsl(compileProgram(program, { n }, 'wgsl', capabilities).plan, capabilities)
    const used = shaders.map(({ source }) =>
      [...source.matchAll(/var<workgroup> \w+: (?:array<)+(\w+), (\d+)>(?:, (\d+)>)?/g)].reduce(
        (sum, [, type, size, planes]) => sum + (type!.startsWith('vec4') ? 16 : 4) * Number(size) * Number(planes ?? 1),
        0,
      ),
    )
    expect(Math.max(...used)).toBeGreaterThan(8192)
    expect(Math.max(...used)).toBeLessThanOrEqual(workgroupBytes)
  })
})
