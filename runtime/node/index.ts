export { type NodeAdapter, nodeAdapters } from './adapters.ts'
export * from './data/index.ts'
export type { Found } from './dawn.ts'
export { type NodeGpuOptions, nodeGpu, nullGpu } from './gpu.ts'
