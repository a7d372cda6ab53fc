import { constants } from 'node:os'

/** Maps a shared library into this process for good, by path or by the name under which the system knows it. */
export function mapLibrary(name: string): boolean {
  const keepMapped = 0x1000 // RTLD_NODELETE of Linux
  try {
    process.dlopen({ exports: {} }, name, constants.dlopen.RTLD_NOW | keepMapped)
    return true
  } catch (error) {
    // Always thrown. A library that was found is mapped by now, and is refused only because it is not an addon of
    // Node's.
    return error instanceof Error && error.message.includes('did not self-register')
  }
}
