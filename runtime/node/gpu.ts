import { messageOf } from '../message-of.ts'
import { type Found, openDawn } from './dawn.ts'
import { mapLibrary } from './library.ts'
import { useSwiftShader } from './swiftshader.ts'

export interface NodeGpuOptions {
  /** Without a GPU, compute on the CPU through SwiftShader: for tests. Default false. */
  readonly software?: boolean
  /** The one of `nodeAdapters` to use; the machine's best unless given. */
  readonly adapter?: string
}

/** The machine's GPU, for `openWebGpu`; or the reason why there is none to use. */
export async function nodeGpu({ software = false, adapter: name }: NodeGpuOptions = {}): Promise<Found> {
  if (name !== undefined) return namedGpu(name)
  const real = await openDawn([])
  if (!real.gpu) return real
  // Without Vulkan's loader there is nothing to find on Linux, and Dawn complains to the terminal when it looks.
  const worthAsking = process.platform !== 'linux' || mapLibrary('libvulkan.so.1')
  const adapter = worthAsking ? await real.gpu.requestAdapter() : null
  // A driver in software is an adapter like any other once it is there: installed, or from an earlier call of this
  // process.
  if (adapter && (software || !adapter.info.isFallbackAdapter)) return real
  const none = 'this machine has no GPU with a Vulkan, Metal or Direct3D 12 driver'
  if (!software)
    return { reason: `${none}; install one (Mesa's on Linux), or compute in software: nodeGpu({ software: true })` }
  const missing = await useSwiftShader()
  if (missing !== undefined) return { reason: `${none}, and ${missing}` }
  const soft = await openDawn([])
  if (!soft.gpu || (await soft.gpu.requestAdapter())) return soft
  return { reason: `${none}, and SwiftShader does not load` }
}

async function namedGpu(name: string): Promise<Found> {
  const { gpu, reason } = await openDawn([`adapter=${name}`])
  if (!gpu) return { reason }
  try {
    // What it says of a name that it does not know is which it knows.
    if (await gpu.requestAdapter()) return { gpu }
  } catch (error) {
    return { reason: `there is no adapter '${name}': ${messageOf(error)}` }
  }
  return { reason: `there is no adapter '${name}'` }
}

/** A GPU that checks shaders, pipelines and commands as any other, and computes nothing. */
export const nullGpu = (): Promise<Found> => openDawn(['backend=null'])
