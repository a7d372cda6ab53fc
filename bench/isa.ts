import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openDevice } from '../index.ts'
import { openDawn } from '../runtime/node/dawn.ts'
import { useSwiftShader } from '../runtime/node/swiftshader.ts'
import { asHardware } from './as-hardware.ts'
import { compileAny } from './engine.ts'
import { transformerStep } from './programs/transformer.ts'
import { table } from './table.ts'
import { flowTask, matmulTask, mlpTask, residualTask, type Task } from './tasks.ts'

const usage = `What kernels become on an AMD GPU that is not there: Dawn makes SPIR-V of them, and Mesa's compiler instructions. Nothing is run; its estimates of cycles know nothing of caches, and say which of two kernels is better, not how fast one is.

  npm run bench:isa -- [--family navi21] [--only NAME] [--to FOLDER]

  --family  the GPU, by Mesa's name: navi21 is RDNA 2; navi31, RDNA 3, is known from Debian 13 on
  --only    what the name of a task has in it
  --to      a folder for the instructions of each kernel

Needs, of Debian 12 or 13: apt-get install mesa-vulkan-drivers libvulkan-dev spirv-tools gcc. Mesa 25.2 and later cannot.`

const { values: options } = parseArgs({
  options: {
    family: { type: 'string', default: 'navi21' },
    only: { type: 'string', default: '' },
    to: { type: 'string' },
    dump: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const tasks: readonly Pick<Task, 'name' | 'program' | 'sizes'>[] = [
  ...[256, 512, 1024, 2048].map(matmulTask),
  mlpTask(1024),
  residualTask(1024, 2, 256),
  flowTask(32, 512, 2, 256),
  { name: 'transformer, width 64, n = 512', program: transformerStep(64, 2), sizes: { n: 512 } },
]

/** Compiles a task as for a GPU, on SwiftShader, while Dawn prints what it makes of its shaders. */
async function dump(name: string): Promise<void> {
  const missing = await useSwiftShader()
  if (missing !== undefined) throw new Error(missing)
  const { gpu, reason } = await openDawn(['enable-dawn-features=dump_shaders,disable_symbol_renaming'])
  if (!gpu) throw new Error(reason)
  const device = await openDevice('webgpu', { gpu, software: true })
  const { program, sizes } = tasks.find((task) => task.name === name)!
  await compileAny(program, asHardware(device, { subgroups: false }), sizes)
  process.exit(0)
}

interface Statistics {
  readonly kernel: string
  readonly code: string
  readonly of: ReadonlyMap<string, number>
}

/** The shaders of a task, as text of SPIR-V. */
function shadersOf(name: string): readonly string[] {
  const self = fileURLToPath(import.meta.url)
  const { stdout, stderr, status } = spawnSync(process.execPath, [self, '--dump', name], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
  const parts = stdout.split('/* Dumped SPIRV disassembly */\n').slice(1)
  return parts.map((part) => `${part.split(/\n(?:info:|\/\/ Dumped WGSL)/)[0]}\n`)
}

/** The nests that a shader has, by the names of its functions that take a thread's number or a point's. */
const kernelOf = (spirv: string): string => {
  const names = [...spirv.matchAll(/^ *%(\w+) = OpFunction %void /gm)].map(([, name]) => name!)
  return names.filter((name) => !/^(main|store4|\d+)/.test(name)).join(' ')
}

function statisticsOf(spirv: string, folder: string, program: string): Statistics {
  const [text, binary] = [join(folder, 'shader.spvasm'), join(folder, 'shader.spv')]
  writeFileSync(text, spirv)
  execFileSync('spirv-as', ['--target-env', 'vulkan1.3', text, '-o', binary], { stdio: 'pipe' })
  const drivers = ['.x86_64', ''].map((machine) => `/usr/share/vulkan/icd.d/radeon_icd${machine}.json`).join(':')
  const env = {
    ...process.env,
    VK_DRIVER_FILES: drivers,
    // The same, to loaders of before.
    VK_ICD_FILENAMES: drivers,
    RADV_FORCE_FAMILY: options.family,
    RADV_DEBUG: 'nocache',
  }
  const { stdout, stderr, status } = spawnSync(program, [binary], { encoding: 'utf8', env, maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`Mesa makes nothing of it: ${stderr}`)
  const of = new Map([...stderr.matchAll(/^(.*): (\d+)$/gm)].map(([, name, value]) => [name!, Number(value)]))
  return { kernel: kernelOf(spirv), code: stdout, of }
}

/** Dawn makes shaders in several threads, which now and then print into each other's text. */
function statisticsOfTask(name: string, folder: string, program: string, tries = 5): readonly Statistics[] {
  try {
    return shadersOf(name).map((spirv) => statisticsOf(spirv, folder, program))
  } catch (error) {
    const isGarbled = error instanceof Error && error.message.includes('spirv-as')
    if (!isGarbled || tries === 1) throw error
    return statisticsOfTask(name, folder, program, tries - 1)
  }
}

const ofOne: readonly Column[] = [
  ['registers', ({ of }) => of.get('VGPRs')!],
  ['spilled', ({ of }) => of.get('Spilled VGPRs')!],
  ['waves', ({ of }) => of.get('Subgroups per SIMD')!],
]
/** What adds up over kernels. */
const ofAll: readonly Column[] = [
  ['instructions', ({ of }) => of.get('Instructions')!],
  ['cycles of a wave', ({ of }) => of.get('Latency')!],
  ['cycles a wave', ({ of }) => of.get('Inverse Throughput')!],
  ['bounds checked', ({ code }) => count(code, /v_min_u32/g)],
  ['loads of one', ({ code }) => count(code, /(buffer|global)_load_(dword|b32) /g)],
  ['loads of four', ({ code }) => count(code, /(buffer|global)_load_(dwordx4|b128) /g)],
]
const columns = [...ofOne, ...ofAll]
type Column = readonly [string, (one: Statistics) => number]

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

function bench(): void {
  const folder = mkdtempSync(join(tmpdir(), 'fluxion-isa-'))
  try {
    const program = join(folder, 'statistics')
    execFileSync('gcc', ['-O1', '-o', program, join(process.cwd(), 'bench/isa/statistics.c'), '-lvulkan'])
    for (const { name } of tasks.filter((task) => task.name.includes(options.only))) {
      const all = statisticsOfTask(name, folder, program)
      const rows = all.map((one) => [one.kernel.slice(0, 50), ...columns.map(([, of]) => `${of(one)}`)])
      const sums = [...ofOne.map(() => ''), ...ofAll.map(([, of]) => `${all.reduce((sum, one) => sum + of(one), 0)}`)]
      console.log(`\n${name}, on ${options.family}`)
      console.log(table(['kernel', ...columns.map(([column]) => column)], [...rows, ['all', ...sums]]))
      if (options.to === undefined) continue
      const to = join(options.to, name.replace(/\W+/g, '-'))
      mkdirSync(to, { recursive: true })
      for (const [i, { kernel, code }] of all.entries())
        writeFileSync(join(to, `${i}-${kernel.split(' ')[0]}.txt`), code)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (options.help) console.log(usage)
else if (options.dump !== undefined) await dump(options.dump)
else
  try {
    bench()
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exitCode = 1
  }
