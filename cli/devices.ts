import { hasRelaxedSimd } from '../runtime/cpu/features.ts'
import { type Device, openDevice } from '../runtime/index.ts'
import { type NodeAdapter, nodeAdapters, nodeGpu } from '../runtime/node/index.ts'
import { chooseDevice } from '../runtime/open-device.ts'
import { openFastCpu } from './device.ts'
import { describeOptions, flag, readOptions } from './options.ts'

const options = {
  software: flag('also the WebGPU that computes on the CPU, which is for tests and never taken unless it is asked for'),
  json: flag('the same as data'),
}

const usage = `Lists what can compute here, and says which device openDevice() takes and why.

  fluxion devices [--software] [--json]

${describeOptions(options)}`

/** What there is, as data. */
export interface Devices {
  readonly cpu: {
    readonly name: string
    readonly threads: number
    readonly relaxedSimd: 'on' | 'on request' | 'not there'
  }
  readonly webgpu: readonly NodeAdapter[]
  /** Why there is no WebGPU adapter, and what to do. */
  readonly missing?: string
  readonly chosen: { readonly kind: Device['kind']; readonly why: string }
}

export async function findDevices({ software }: { readonly software: boolean }): Promise<Devices> {
  // Whether it is there without being asked for: asking turns it on for the whole process.
  const before = hasRelaxedSimd()
  const cpu = await openDevice('cpu')
  const webgpu = await nodeAdapters({ software })
  // Without SwiftShader, which this process has now: what a program that does not ask for it finds.
  const found = await nodeGpu()
  const chosen = await chooseDevice(found)
  return {
    cpu: {
      name: cpu.name,
      threads: cpu.limits.threads!,
      relaxedSimd: before ? 'on' : (await openFastCpu()).features.includes('relaxed-simd') ? 'on request' : 'not there',
    },
    webgpu,
    ...(found.reason !== undefined && { missing: found.reason }),
    chosen: { kind: chosen.kind, why: await chosen.why() },
  }
}

export function describeDevices({ cpu, webgpu, missing, chosen }: Devices): string {
  const relaxed = {
    on: 'relaxed SIMD is on',
    'on request': "relaxed SIMD on request: openDevice('cpu', { relaxedSimd: true }) computes products faster",
    'not there': 'this engine has no relaxed SIMD',
  }[cpu.relaxedSimd]
  const mark = (kind: Device['kind']) => (chosen.kind === kind ? '*' : ' ')
  const adapters = webgpu.map(
    ({ adapter, backend, isFallback, features }) =>
      `${isFallback ? ' ' : mark('webgpu')} webgpu  ${adapter}\n            ${backend}, ${isFallback ? 'in software' : 'a GPU'}; ${named(features)}`,
  )
  return [
    ...adapters,
    ...(webgpu.length === 0 ? [`  webgpu  none: ${missing}`] : []),
    `${mark('cpu')} cpu     ${cpu.name}\n            ${relaxed}`,
    '',
    chosen.kind === 'cpu'
      ? `openDevice() takes the CPU: ${chosen.why === missing ? 'there is no GPU' : chosen.why}`
      : `openDevice(undefined, await nodeGpu()) takes the GPU: ${chosen.why}; nodeGpu is of fluxion/node, since Node has no WebGPU of its own`,
  ].join('\n')
}

/** The features that make a difference here. */
const named = (features: readonly string[]): string =>
  ['shader-f16', 'subgroups', 'timestamp-query']
    .map((name) => `${features.includes(name) ? 'with' : 'without'} ${name}`)
    .join(', ')

export async function run(args: readonly string[]): Promise<void> {
  const given = readOptions(args, options)
  if (!given) {
    console.log(usage)
    return
  }
  const devices = await findDevices(given)
  console.log(given.json ? JSON.stringify(devices, null, 2) : describeDevices(devices))
}
