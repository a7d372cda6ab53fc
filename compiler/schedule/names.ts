/** Makes names unique. */
export class Names {
  readonly #taken = new Map<string, number>()

  unused(name: string): string {
    const count = this.#taken.get(name) ?? 0
    this.#taken.set(name, count + 1)
    return count === 0 ? name : this.unused(`${name}_${count}`)
  }
}

/** A name without the numbers that made it unique. */
export const stem = (name: string): string => name.replace(/(_\d+)+$/, '')
