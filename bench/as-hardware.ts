import type { Capabilities, Device, Tuned } from '../index.ts'

/** A device in software that is compiled for as one in hardware is, with other capabilities. */
export function asHardware(
  device: Device,
  { tuned, ...capabilities }: Partial<Capabilities> & { readonly tuned?: Tuned } = {},
): Device {
  const other = { tuned, capabilities: { ...device.capabilities, software: false, ...capabilities } }
  return new Proxy(device, {
    get(target, name) {
      if (Object.hasOwn(other, name)) return other[name as keyof typeof other]
      const own: unknown = Reflect.get(target, name, target)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
