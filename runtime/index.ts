/** What a compiled program needs to run, and nothing of the compiler: devices, executables and tensors. */
export type {
  Capabilities,
  Code,
  Executable,
  PlanOutline,
  Port,
  Tree,
  WasmCode,
  WgslCode,
} from '../compiler/plan/plan.ts'
export { type Built, type BuiltExecutable, type BuiltProgram, loadBuilt } from './built.ts'
export { baseline } from './capabilities.ts'
export { openCpu } from './cpu/device.ts'
export type { Device, DeviceInfo, Kept, Loaded, Range, Words } from './device.ts'
export { loadExecutable } from './load-executable.ts'
export { type DeviceOptions, openDevice } from './open-device.ts'
export type { Bound, StepsOptions } from './run.ts'
export { seedWords } from './seed.ts'
export { DeviceTensor, type Numbers } from './tensor.ts'
export type { Halves, OnDevice, Run, StatefulRun, TypedTensor } from './typed.ts'
export { type AdapterInfo, listAdapters, openWebGpu, WebGpuError, type WebGpuOptions } from './webgpu/index.ts'
