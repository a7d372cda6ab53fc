import type { Bound, StepsOptions } from './run.ts'
import { seedWords } from './seed.ts'

/**
 * A program on a device as a function, with what else can be done with it. `initialiser` loads the program that makes
 * its first state from a key; it is called when that is first asked for.
 */
export function callable(bound: Bound, initialiser: () => Promise<Bound>) {
  let loading: Promise<Bound> | undefined
  const dispose = () => {
    bound.dispose()
    // Where making it failed, whoever called init has been told.
    loading?.then(
      (init) => init.dispose(),
      () => {},
    )
  }
  const run = (inputs: unknown) => bound.call(inputs)
  return Object.assign(run, {
    steps: (count: number, inputs: unknown, options?: StepsOptions) => bound.steps(count, inputs, options),
    bytes: bound.bytes,
    upload: (inputs: unknown) => bound.upload(inputs),
    async init(options: { readonly seed: number }) {
      const key = seedWords(options?.seed)
      loading ??= initialiser()
      return (await loading).call({ key })
    },
    dispose,
    [Symbol.dispose]: dispose,
  })
}
