import type { DeviceInfo } from '../device.ts'
import { messageOf } from '../message-of.ts'
import { infoOf } from '../webgpu/adapter.ts'
import { openDawn } from './dawn.ts'
import { type NodeGpuOptions, nodeGpu } from './gpu.ts'

/** A GPU of this machine, by one of its drivers. */
export interface NodeAdapter extends DeviceInfo {
  /** What `nodeGpu({ adapter })` is given to get it. */
  readonly adapter: string
  /** 'vulkan', 'metal', 'd3d12' ... */
  readonly backend: string
  readonly features: readonly string[]
}

/**
 * The GPUs of this machine, each by every driver that it has; with `software`, also SwiftShader where there is no
 * other. Empty where there is none.
 */
export async function nodeAdapters(options: Pick<NodeGpuOptions, 'software'> = {}): Promise<readonly NodeAdapter[]> {
  const { gpu } = await nodeGpu(options)
  if (!gpu) return []
  const found: NodeAdapter[] = []
  for (const { adapter, backend } of await listed()) {
    const only = await openDawn([`backend=${backend}`, `adapter=${adapter}`])
    const opened = await only.gpu?.requestAdapter()
    if (opened) found.push({ adapter, backend, ...infoOf(opened.info), features: [...opened.features].sort() })
  }
  return found
}

/** Dawn lists adapters where it is asked for one that is not there. https://github.com/dawn-gpu/node-webgpu#usage */
async function listed(): Promise<readonly { readonly adapter: string; readonly backend: string }[]> {
  const none = await openDawn(['adapter=(none of this name)'])
  try {
    await none.gpu?.requestAdapter()
    return []
  } catch (error) {
    const said = messageOf(error)
    return [...said.matchAll(/\* backend: '(.+)', name: '(.+)'$/gm)].map(([, backend, adapter]) => ({
      adapter: adapter!,
      backend: backend!,
    }))
  }
}
