/** What is made with something; where that fails, the thing is freed. */
export async function orDispose<T>(thing: { dispose(): void }, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    thing.dispose()
    throw error
  }
}
