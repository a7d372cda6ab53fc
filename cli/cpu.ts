import { type Device, openDevice } from '../index.ts'

/** The CPU at its fastest: with relaxed SIMD, on for the whole process, where the engine has it at all. */
export async function openFastCpu(): Promise<Device> {
  try {
    return await openDevice('cpu', { relaxedSimd: true })
  } catch {
    return openDevice('cpu')
  }
}
