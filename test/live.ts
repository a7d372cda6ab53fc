import type { Device } from '../index.ts'

/**
 * The executables that a device has loaded from now on and that are not disposed of. Those of a name that is refused
 * are not loaded.
 */
export function liveOn(device: Device): { readonly size: number; refuse(name: string): void } {
  const { load } = device
  const live = new Set<object>()
  let refused: string | undefined
  device.load = async (executable) => {
    if (executable.plan.name === refused) throw new Error('out of memory')
    const loaded = await load.call(device, executable)
    const { dispose } = loaded
    live.add(loaded)
    loaded.dispose = () => {
      live.delete(loaded)
      dispose.call(loaded)
    }
    return loaded
  }
  return {
    get size() {
      return live.size
    },
    refuse(name) {
      refused = name
    },
  }
}
