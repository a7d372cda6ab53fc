/** A package that is imported where it is used. Throws an error that says how to install it where it is not there. */
export async function installed<P>(name: string, imported: Promise<P>): Promise<P> {
  try {
    return await imported
  } catch (error) {
    const said = error instanceof Error ? error.message : `${error}`
    // As Node says it, and as bundlers do.
    if (!/Cannot find (package|module)|Failed to resolve|Could not resolve/.test(said)) throw error
    throw new Error(`the package '${name}' is not installed: npm install ${name}`, { cause: error })
  }
}
