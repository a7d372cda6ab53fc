import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../cli/build.ts'
import type { Executable } from '../../compiler/plan/plan.ts'
import { type AnyProgram, baseline, compile, type Device, openDevice } from '../../index.ts'
import type { BuiltProgram } from '../../runtime/index.ts'
import { bundled, gzipped, modulesLoaded } from '../browser/bundled.ts'
import { folderOf, typeErrorsOf } from '../listings.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { alignment, arraysOf, listsFor, model, user } from './built-sources.ts'
import { printed } from './printed.ts'

// Programs are built ahead of time, imported as a page would import them, and held to what `compile` makes of the same.

let folder: string
const at = (...names: readonly string[]): string => join(folder, ...names)
const build = (...args: readonly string[]) => printed(run, ...args)

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fluxion-build-')))
  const files = {
    'package.json': '{ "type": "module" }',
    'models/model.js': model,
    'models/alignment.js': alignment,
    'again/models/model.js': model,
    'errors/none.js': 'export const three = 3',
    'errors/broken.js': 'throw new Error("not today")',
    'errors/wrong.js': `import { f32, program } from 'fluxion'
export const wrong = program({ x: f32('n', 2), y: f32(3) }, ({ x, y }) => {
  return x.add(y)
})
`,
    'errors/model.js': model,
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const sizes = 'n=6,d=2,n+1=7'
let said: string
let made: Record<string, Built>
beforeAll(async () => {
  said = await build(at('models/model.js'), at('models/alignment.js'), '--dims', sizes, '--out', at('made'))
  await build(at('models/model.js'), '--dims', sizes, '--dims', 'n=4,d=3,n+1=5', '--out', at('several'))
  made = await import(at('made/model.js'))
}, 120_000)

/** What a function of a built module gives. */
interface BuiltRun {
  (inputs: object): Record<string, Read>
  init(options: { seed: number }): Promise<unknown>
  steps(count: number, inputs: object, options?: object): { last: Record<string, Read>; history: Record<string, Read> }
  upload(inputs: object): object
  readonly bytes: number
  dispose(): void
}
type Read = { read(): Promise<Float32Array>; item(): Promise<number> }
type Built = (device: Device, sizes?: object) => Promise<BuiltRun>

const x = Float32Array.from({ length: 12 }, (_, i) => Math.sin(2 * i + 1))

test('it says what came of it, and its files are those that are named', () => {
  expect(said).toMatch(/^step d=2,n=6: cpu \d+ kernels? of [\d.]+ k?B, webgpu \d+ kernels? of [\d.]+ k?B$/m)
  expect(said).toMatch(/wrote 11 files in .*made: [\d.]+ kB, [\d.]+ kB gzipped$/)
  expect(readdirSync(at('made')).sort()).toEqual(
    ['alignment', 'model']
      .flatMap((name) => ['cpu.js', 'd.ts', 'js', 'webgpu.js', 'webgpu.js.map'].map((end) => `${name}.${end}`))
      .concat('manifest.json')
      .sort(),
  )
})

/** What `compile` gives a device to load, for a device of this kind. */
async function executableOf(program: AnyProgram, dims: object, device: Partial<Device>): Promise<Executable> {
  const seen: Executable[] = []
  const load = async (executable: Executable) => {
    seen.push(executable)
    throw new Error('seen')
  }
  await expect(compile(program as never, { ...device, load } as never, dims as never)).rejects.toThrow('seen')
  return seen[0]!
}

describe('what is built is what compile makes', () => {
  test.each(['step', 'default'])('%s: the same plan and code, for both targets', async (name) => {
    const programs = (await import(at('models/model.js'))) as Record<string, AnyProgram>
    const dims = name === 'step' ? { n: 6, d: 2 } : {}
    const gpu = { target: 'wgsl', capabilities: baseline, features: [] } as const
    const cpu = { target: 'wasm', capabilities: baseline, features: ['simd'] } as const
    for (const [file, device] of [
      ['model.webgpu.js', gpu],
      ['model.cpu.js', cpu],
    ] as const) {
      const { [name]: variants } = (await import(at('made', file))) as Record<string, readonly BuiltProgram[]>
      const { plan, code } = await executableOf(programs[name]!, dims, device)
      const [built] = variants!
      expect(built!.program.plan).toEqual(JSON.parse(JSON.stringify(plan)))
      const expected = code.target === 'wasm' ? { ...code, module: Buffer.from(code.module).toString('hex') } : code
      expect(built!.program.code).toEqual(expected)
    }
  })

  test('alignment on the CPU is the same to the bit, with state from call to call', async () => {
    const { alignPoints, field } = (await import(at('models/alignment.js'))) as {
      alignPoints: AnyProgram
      field: { params: object }
    }
    const built = (await import(at('made/alignment.js'))) as Record<string, Built>
    const device = await openDevice('cpu', { relaxedSimd: false })
    const given = { prior: arraysOf(listsFor(field.params)) }
    const found = await trained((await built.alignPoints!(device)) as never, given)
    const expected = await trained((await compile(alignPoints as never, device, { n: 6 } as never)) as never, given)
    expect(found.every((objective) => Number.isFinite(objective))).toBe(true)
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expected)
    device.dispose()
  })

  test.skipIf(missing(computing, 'a built program on WebGPU'))('on WebGPU it gives what the CPU does', async () => {
    const results: number[][] = []
    for (const device of [await openDevice('cpu'), await openDevice('webgpu', computing)]) {
      const run = await made.default!(device)
      const result = run({ x: Float32Array.of(1, 2, 3), two_words: 2 }) as unknown as Read
      results.push([...(await result.read())])
      device.dispose()
    }
    expect(results).toEqual([
      [2, 4, 6],
      [2, 4, 6],
    ])
  })
})

/** The objective of four steps, two of them in one submission. */
async function trained(run: BuiltRun, given: object): Promise<readonly number[]> {
  let state = await run.init({ seed: 3 })
  const found: number[] = []
  for (let i = 0; i < 2; i++) {
    const result = run({ state, given })
    found.push(await result.objective!.item())
    state = result.state
  }
  const { last, history } = run.steps(2, { state, given }, { history: true })
  found.push(...(await history.objective!.read()))
  const { params } = last.state as unknown as { params: { y: Read } }
  found.push(...(await params.y.read()))
  run.dispose()
  return found
}

describe('a built module', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice('cpu', { relaxedSimd: false })
  })
  afterAll(() => device.dispose())

  test('takes uploads, tells its bytes, and is disposed of', async () => {
    const run = await made.step!(device, { n: 6, d: 2 })
    const state = await run.init({ seed: 0 })
    const plain = run({ state, x, rate: 0.1 })
    const loss = await plain.loss!.item()
    const held = run.upload({ x, rate: 0.1 })
    expect(await run({ state: await run.init({ seed: 0 }), ...held }).loss!.item()).toBe(loss)
    expect(run.bytes).toBeGreaterThan(x.byteLength)
    run.dispose()
    expect(() => run({ state, x, rate: 0.1 })).toThrow('step has been disposed')
  })

  test('of several sizes gives those that are asked for', async () => {
    const { step } = (await import(at('several/model.js'))) as Record<string, Built>
    for (const [n, d] of [
      [6, 2],
      [4, 3],
    ] as const) {
      const run = await step!(device, { d, n })
      const rows = run({ state: await run.init({ seed: 0 }), x: x.slice(0, n * d), rate: 0 }).rows!
      expect(await rows.read()).toHaveLength(n)
    }
    await expect(step!(device)).rejects.toThrow(
      'step was built for { d: 2, n: 6 } or { d: 3, n: 4 }, was given no sizes; give one of these',
    )
    await expect(step!(device, { n: 7, d: 2 })).rejects.toThrow(
      'step was built for { d: 2, n: 6 } or { d: 3, n: 4 }, was given { d: 2, n: 7 }; give one of these',
    )
  })

  test('says what a device lacks, and what a program has not', async () => {
    const plain = await openDevice('cpu', { simd: false })
    await expect(made.step!(plain)).rejects.toThrow("step was built with 'simd', which CPU (WebAssembly")
    plain.dispose()
    await build(at('models/model.js'), '--dims', sizes, '--target', 'cpu', '--relaxed-simd', '--out', at('relaxed'))
    const { step } = (await import(at('relaxed/model.js'))) as Record<string, Built>
    await expect(step!(device)).rejects.toThrow("ask for it: openDevice('cpu', { relaxedSimd: true })")
    const gpu = { ...device, kind: 'webgpu', target: 'wgsl', name: 'WebGPU (a GPU)' } as const
    await expect(step!(gpu)).rejects.toThrow(
      "step was built for cpu, and WebGPU (a GPU) is of kind 'webgpu'; open openDevice('cpu'), or add --target webgpu",
    )
    await expect(made.step!(openDevice('cpu') as never)).rejects.toThrow(
      'step: expected a device; open one, and await it',
    )
    await expect(made.step!(undefined as never)).rejects.toThrow('step: expected a device')
    const scaled = await made.default!(device)
    await expect(scaled.init({ seed: 0 })).rejects.toThrow('init: scaled has no input state')
  })

  test('is small: the runtime and an alignment step, all that a page loads to run it on the CPU', async () => {
    await build(at('models/alignment.js'), '--dims', 'n=256', '--target', 'cpu', '--out', at('small'))
    const { modules } = await bundled(
      `export { openCpu } from './runtime/index.ts'; export { alignPoints } from ${JSON.stringify(at('small/alignment.js'))}`,
    )
    const names = await modulesLoaded(modules, async ({ openCpu, alignPoints }) => {
      // As in a page that is not cross-origin isolated.
      const device = await (openCpu as typeof import('../../runtime/index.ts').openCpu)({ threads: 1 })
      const run = await (alignPoints as Built)(device)
      await run.init({ seed: 0 })
      device.dispose()
    })
    const sizes = names.map((name) => [name, gzipped(modules.get(name)!)] as const)
    expect(sizes).toHaveLength(2)
    const all = sizes.reduce((bytes, [, size]) => bytes + size, 0)
    expect(all, sizes.map(([name, size]) => `${name} ${size}`).join(', ')).toBeLessThan(25_000)
  })
})

describe('types', () => {
  test('right calls have none, and each wrong one has one', () => {
    const checked = folderOf({ 'user.ts': user })
    try {
      for (const name of ['made', 'several']) cpSync(at(name), join(checked, name), { recursive: true })
      expect(typeErrorsOf(checked)).toBe('')
    } finally {
      rmSync(checked, { recursive: true })
    }
  })

  test('keep the comment of the author, and the names of dims', () => {
    const text = readFileSync(at('made/model.d.ts'), 'utf8')
    expect(text).toContain(`/**
 * A step down the mean of (x w)^2, with noise.
 *
 * @see elsewhere
 */
export declare function step(device: Device, sizes?: { readonly d: 2; readonly n: 6 }): Promise<StatefulRun<step.Inputs, step.Results>>
export declare namespace step {
  type Inputs = {
    readonly state: {
      readonly w: Float32Array | TypedTensor<[d: 2], 'f32'>;
      readonly key: Uint32Array | TypedTensor<[], 'key'>;
    };`)
    expect(text).toContain("readonly x: Float32Array | TypedTensor<[n: 6, d: 2], 'f32'>;")
    expect(text).toContain("readonly rate: number | Float32Array | TypedTensor<[], 'f32'>")
    expect(text).toContain('readonly "in-put": Float32Array | TypedTensor<[/* n+1 */ 7], \'f32\'>')
    expect(text).toMatch(/\/\*\* Twice as much\. \*\/\ndeclare function program\$\d/)
  })
})

describe('files', () => {
  test('are the same bytes wherever and whenever they are built, and name no folder', async () => {
    await build(
      at('again/models/model.js'),
      '--target',
      'webgpu,cpu',
      '--dims',
      'd=2,n=6,n+1=7',
      '--out',
      at('again/made'),
    )
    await build(at('models/model.js'), '--dims', sizes, '--out', at('made-again'))
    const names = readdirSync(at('again/made'))
    expect(names.sort()).toEqual(readdirSync(at('made-again')).sort())
    for (const name of names) {
      const text = readFileSync(at('again/made', name), 'utf8')
      expect(text).not.toContain(folder)
      expect(text, name).toBe(readFileSync(at('made-again', name), 'utf8'))
    }
  })

  test('the manifest says what each program takes, and how large files are', () => {
    const { modules, files } = JSON.parse(readFileSync(at('made/manifest.json'), 'utf8'))
    const { source, builds } = modules.model.programs.step
    expect(source).toEqual({ file: '../models/model.js', line: 8 })
    expect(builds).toHaveLength(1)
    expect(builds[0].dims).toEqual({ d: 2, n: 6 })
    const { cpu, webgpu } = builds[0].targets
    expect(cpu).toMatchObject({ features: ['simd'], flops: expect.any(Number), kernels: expect.any(Number) })
    expect(cpu.memoryBytes.state).toBeGreaterThanOrEqual(2 * 4 + 2 * 4)
    expect(webgpu.init.codeBytes).toBeGreaterThan(0)
    expect(modules.model.programs.every.builds[0].targets.cpu).not.toHaveProperty('init')
    const text = readFileSync(at('made/model.cpu.js'))
    expect(files['model.cpu.js']).toEqual({ bytes: text.length, gzip: expect.any(Number) })
  })

  test('the map leads kernels and the lines that they name to the source', () => {
    const code = readFileSync(at('made/model.webgpu.js'), 'utf8').split('\n')
    expect(code.at(-2)).toBe('//# sourceMappingURL=model.webgpu.js.map')
    const map = JSON.parse(readFileSync(at('made/model.webgpu.js.map'), 'utf8')) as SourceMapPayload
    expect(map.sources).toEqual(['../models/model.js'])
    const read = new SourceMap(map)
    let headers = 0
    for (const [line, text] of code.entries()) {
      const named = /\/\/ .*model\.js:(\d+)$/.exec(text)
      const entry = read.findEntry(line, 0)
      const own = 'generatedLine' in entry && entry.generatedLine === line ? entry : undefined
      if (named) expect(own?.originalLine).toBe(Number(named[1]) - 1)
      if (/source: `\/\/ /.test(text)) {
        headers++
        expect(own?.originalSource).toBe('../models/model.js')
      }
    }
    expect(headers).toBeGreaterThan(3)
  })
})

describe('what is wrong is said, and nothing is written', () => {
  test.each([
    [['errors/gone.js'], 'there is no module'],
    [['errors/none.js'], 'none.js exports no program; export what program({ ... }, ...) gives'],
    [['errors/broken.js'], "broken.js' does not load: not today"],
    [['errors/wrong.js', '--dims', 'n=4'], /shape error: add: .*\n.*\n {2}at .*wrong\.js:3:/],
    [['errors/wrong.js'], 'wrong has a dim n, which has no size; give it one, as in --dims n=256'],
    [
      ['errors/model.js', '--dims', 'n=4,n+1=5'],
      'step has a dim d, which has no size; give it one, as in --dims n=4,n+1=5,d=256',
    ],
    [['errors/model.js', '--dims', 'n=4,d=2,n+1=5,k=3'], 'no program has a dim k: step has d, n; every has n'],
    [['errors/model.js', 'models/model.js', '--dims', sizes], 'would both become model.js'],
    [['models'], "models' is no module of JavaScript or TypeScript"],
    [['errors/model.js', '--dims', 'n'], "--dims takes sizes such as n=256,width=512; was given 'n'"],
    [['errors/model.js', '--dims', 'n=4,d=2,n=5'], "--dims has two sizes of n: 'n=4,d=2,n=5'"],
    [['errors/model.js', '--target', 'gpu'], "--target takes cpu, webgpu; was given 'gpu'"],
  ] as const)('%j', async (args, message) => {
    const given = args.map((arg) => (existsSync(at(arg)) || /\.js$/.test(arg) ? at(arg) : arg))
    await expect(build(...given, '--out', at('nothing'))).rejects.toThrow(message)
    expect(existsSync(at('nothing'))).toBe(false)
  })

  test('a build does not write over its own source', async () => {
    await expect(
      build(at('errors/model.js'), '--dims', sizes, '--target', 'cpu', '--out', at('errors')),
    ).rejects.toThrow("model.js' is a source, and the build would write over it; give another folder with --out")
    expect(readFileSync(at('errors/model.js'), 'utf8')).toBe(model)
  })

  test('a build that fails leaves what was there, and one that does not leaves the files of others', async () => {
    cpSync(at('several'), at('kept'), { recursive: true })
    writeFileSync(at('kept/other.txt'), 'mine')
    const before = readFileSync(at('kept/model.cpu.js'))
    await expect(build(at('models/model.js'), '--dims', 'n=2', '--out', at('kept'))).rejects.toThrow('no size')
    expect(readFileSync(at('kept/model.cpu.js'))).toEqual(before)
    await build(at('models/model.js'), '--dims', sizes, '--target', 'cpu', '--out', at('kept'))
    expect(readFileSync(at('kept/model.cpu.js'))).not.toEqual(before)
    expect(readFileSync(at('kept/other.txt'), 'utf8')).toBe('mine')
    expect(readdirSync(at('kept')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('without a folder, without a file and without anything it says what it takes', async () => {
    await expect(build(at('models/model.js'))).rejects.toThrow('--out was not given')
    await expect(build('--out', 'made')).rejects.toThrow('expected FILE...; FILE... was not given')
    expect(await build('--help')).toContain('fluxion build ./model.ts --dims n=256 --out generated')
  })
})
