/**
 * What is to happen one after the other: at once where nothing is being waited for, else when all before it has
 * happened.
 */
export class Queue {
  #waiting = 0
  #last: Promise<void> = Promise.resolve()
  #failure: Error | undefined

  /** Whether something is still to happen. */
  get busy(): boolean {
    return this.#waiting > 0
  }

  add(step: () => void | Promise<void>): Promise<void> {
    if (!this.busy) {
      const pending = step()
      if (pending) this.#follow(pending)
    } else this.#follow(this.#last.then(step))
    return this.#last
  }

  /** Resolves when at most so many are still to happen. */
  async down(to: number): Promise<void> {
    while (this.#waiting > to) await this.#last
  }

  /** Throws what went wrong, once. */
  check(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure
  }

  #follow(pending: Promise<void>): void {
    this.#waiting++
    this.#last = pending.then(
      () => {
        this.#waiting--
      },
      (error) => {
        this.#waiting--
        this.#failure ??= error as Error
      },
    )
  }
}
