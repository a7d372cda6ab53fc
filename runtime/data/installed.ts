import { messageOf } from '../message-of.ts'

/** A package that is imported where it is used. Throws an error that says how to install it where it is not there. */
export async function installed<P>(name: string, imported: Promise<P>): Promise<P> {
  try {
    return await imported
  } catch (error) {
    if (!isNotInstalled(error)) throw error
    throw new Error(`the package '${name}' is not installed: npm install ${name}`, { cause: error })
  }
}

/** Whether a package could not be imported because it is not there: as Node says it, and as bundlers do. */
export const isNotInstalled = (error: unknown): boolean =>
  /Cannot find (package|module)|Failed to resolve|Could not resolve/.test(messageOf(error))
