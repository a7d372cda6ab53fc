import type { Device, Tuned } from '../../../index.ts'

/** A device in software that is compiled for as one in hardware is. */
export function asHardware(
  device: Device,
  {
    tuned,
    workgroupBytes = device.capabilities.workgroupBytes,
  }: { readonly tuned?: Tuned; readonly workgroupBytes?: number } = {},
): Device {
  const other = {
    tuned,
    capabilities: { ...device.capabilities, software: false, ...(workgroupBytes !== undefined && { workgroupBytes }) },
  }
  return new Proxy(device, {
    get(target, name) {
      if (Object.hasOwn(other, name)) return other[name as keyof typeof other]
      const own: unknown = Reflect.get(target, name, target)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
