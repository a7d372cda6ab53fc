/** Hands commands to a GPU, and knows how far it is behind. */
export class Submissions {
  readonly #queue: GPUQueue
  #made = 0
  #done = 0
  /** When the submissions up to a number are done, the earliest first. */
  readonly #fences: { readonly upTo: number; readonly passed: Promise<void> }[] = []

  constructor(queue: GPUQueue) {
    this.#queue = queue
  }

  submit(commands: GPUCommandBuffer): void {
    this.#queue.submit([commands])
    this.#made++
    if (this.#made - (this.#fences.at(-1)?.upTo ?? this.#done) >= fenceEvery) this.#fence()
  }

  /** Resolves when the GPU is at most a few submissions behind. */
  async ready(): Promise<void> {
    while (this.#made - this.#done > mostBehind) {
      if (this.#fences.length === 0) this.#fence()
      await this.#fences[0]!.passed
    }
  }

  #fence(): void {
    const upTo = this.#made
    const passed = () => {
      this.#done = Math.max(this.#done, upTo)
      const at = this.#fences.indexOf(fence)
      if (at >= 0) this.#fences.splice(at, 1)
    }
    // What was lost is done, too.
    const fence = { upTo, passed: this.#queue.onSubmittedWorkDone().then(passed, passed) }
    this.#fences.push(fence)
  }
}

const fenceEvery = 4
const mostBehind = 8
