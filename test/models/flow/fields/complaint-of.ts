import { FluxionError } from '../../../../dsl/index.ts'

/** What is complained of. */
export function complaintOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof FluxionError) return error.complaint
    throw error
  }
  return 'no complaint'
}
