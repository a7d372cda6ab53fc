export { type AdapterInfo, listAdapters } from './adapter.ts'
export { openWebGpu, type WebGpuOptions } from './device.ts'
export { WebGpuError } from './error.ts'
