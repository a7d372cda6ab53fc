import { availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import type { Device } from '../index.ts'

/** What the figures are of. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** The GPU, or what stands in for it; undefined where there is none. */
  readonly adapter?: { readonly name: string; readonly software: boolean }
}

export const machineOf = (gpu: Device | undefined): Machine => ({
  cpu: cpus()[0]?.model.trim() || 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()}`,
  node: process.version,
  ...(gpu && { adapter: { name: gpu.name, software: gpu.info.isFallback } }),
})

export function describeMachine({ cpu, cores, memoryGiB, system, node, adapter }: Machine): string {
  const gpu = !adapter
    ? 'no GPU'
    : adapter.software
      ? `${adapter.name}: software on the CPU, whose times say nothing of a GPU`
      : adapter.name
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}\n${gpu}`
}
