import type { Executable, PlanOutline, Target, WasmCode, WgslCode } from '../compiler/plan/plan.ts'
import { callable } from './callable.ts'
import type { Device } from './device.ts'
import { loadExecutable } from './load-executable.ts'

/** A program for one target and one choice of sizes, as `fluxion build` writes it. */
export interface BuiltProgram {
  readonly dims: Sizes
  /** What the device must have of `features`. */
  readonly features: readonly string[]
  readonly program: BuiltExecutable
  /** What makes the first state of a key, where the program has state. */
  readonly init?: BuiltExecutable
}

/** An executable that is data alone: of a module of WebAssembly the bytes, in two hexadecimal digits each. */
export interface BuiltExecutable {
  readonly plan: PlanOutline
  readonly code: WgslCode | (Omit<WasmCode, 'module'> & { readonly module: string })
}

/**
 * For each target what brings a program for it, once for each choice of sizes: a module of its own, so that only what
 * the device needs is loaded.
 */
export type Built = { readonly [T in Target]?: () => Promise<readonly BuiltProgram[]> }

type Sizes = { readonly [dim: string]: number }

/**
 * Loads a program that was compiled ahead of time, for these sizes of its named dims, on a device. The sizes may be
 * left out where it was built for one choice of them.
 *
 * Rejects where it was not built for the device's target or for these sizes, where the device lacks what it needs, and
 * as `loadExecutable` does.
 */
export async function loadBuilt(name: string, built: Built, device: Device, sizes?: Sizes) {
  checkDevice(name, device)
  const bring = built[device.target]
  if (!bring) {
    const others = Object.keys(built).map((target) => kinds[target as Target])
    throw new Error(
      `${name} was built for ${others.join(' and ')}, and ${device.name} is of kind '${device.kind}'; open openDevice('${others[0]}'), or add --target ${device.kind}`,
    )
  }
  const { program, init, features } = chosen(name, await bring(), sizes)
  const missing = features.find((feature) => !device.features.includes(feature))
  if (missing !== undefined)
    throw new Error(
      `${name} was built with '${missing}', which ${device.name} does not have; ask for it: openDevice('cpu', { ${options[missing]}: true })`,
    )
  const bound = await loadExecutable(executable(program), device)
  return callable(bound, async () => {
    if (init) return loadExecutable(executable(init), device)
    throw new TypeError(`init: ${name} has no input state`)
  })
}

const kinds = { wasm: 'cpu', wgsl: 'webgpu' } as const satisfies { readonly [T in Target]: Device['kind'] }

/** What asks for a feature. */
const options: { readonly [feature: string]: string } = { simd: 'simd', 'relaxed-simd': 'relaxedSimd' }

/** A promise of a device is none. */
function checkDevice(name: string, device: unknown): void {
  if (typeof device !== 'object' || device === null || !('load' in device))
    throw new TypeError(`${name}: expected a device; open one, and await it: ${name}(await openDevice())`)
}

function chosen(name: string, all: readonly BuiltProgram[], sizes: Sizes | undefined): BuiltProgram {
  const wanted = sizes && written(sizes)
  const found = all.find(({ dims }) => (wanted === undefined ? all.length === 1 : written(dims) === wanted))
  if (found) return found
  const there = all.map(({ dims }) => written(dims)).join(' or ')
  throw new TypeError(
    `${name} was built for ${there}, was given ${wanted ?? 'no sizes'}; give one of these, or build it for others, too`,
  )
}

/** { d: 2, n: 256 } */
function written(sizes: Sizes): string {
  const parts = Object.keys(sizes)
    .sort()
    .map((dim) => `${dim}: ${sizes[dim]}`)
  return parts.length > 0 ? `{ ${parts.join(', ')} }` : '{}'
}

const executable = ({ plan, code }: BuiltExecutable): Executable => ({
  plan,
  code: code.target === 'wasm' ? { ...code, module: bytesOf(code.module) } : code,
})

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
