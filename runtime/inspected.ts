import type { PlanOutline } from '../compiler/plan/plan.ts'
import { type Given, matchInputs } from './inputs.ts'
import type { Bound } from './run.ts'
import { DeviceTensor, type Numbers } from './tensor.ts'

/**
 * What a call was given and what it gave, in the order of the plan's ports; `steps` is how often the program ran.
 * Throws where it finds something wrong.
 */
export type Inspect = (call: {
  readonly inputs: readonly Numbers[]
  readonly outputs: readonly Numbers[]
  readonly steps: number
}) => void

/**
 * A program whose calls are looked at: what is wrong with one is thrown by the next, and rejects the reading of what it
 * gave.
 */
export function inspected(bound: Bound, plan: PlanOutline, inspect: Inspect): Bound {
  let wrong: { readonly error: unknown } | undefined
  /** `last`: what the program gave in the last step, among all that is given. */
  const look = (inputs: unknown, steps: number, call: () => { readonly all: unknown; readonly last: unknown }) => {
    if (wrong) throw wrong.error
    // What is donated is read before it is.
    const before = Promise.all(matchInputs(plan, inputs).map(numbersOf))
    before.catch(() => {})
    const { all, last } = call()
    const after = Promise.all(tensorsIn(last).map((tensor) => tensor.read()))
    const looked = Promise.all([before, after]).then(([inputs, outputs]) => inspect({ inputs, outputs, steps }))
    looked.catch((error) => {
      wrong ??= { error }
    })
    for (const tensor of tensorsIn(all)) tensor.readAfter(looked)
    return all
  }
  return {
    ...bound,
    call: (inputs) =>
      look(inputs, 1, () => {
        const all = bound.call(inputs)
        return { all, last: all }
      }),
    steps: (count, inputs, options) =>
      look(inputs, count, () => {
        const all = bound.steps(count, inputs, options)
        return { all, last: options?.history ? (all as { readonly last: unknown }).last : all }
      }),
  }
}

async function numbersOf({ port, value }: Given): Promise<Numbers> {
  if (value instanceof DeviceTensor) return value.read()
  const own = value.slice()
  return port.dtype === 'i32' ? new Int32Array(own.buffer) : own
}

function tensorsIn(results: unknown): readonly DeviceTensor[] {
  if (results instanceof DeviceTensor) return [results]
  return typeof results === 'object' && results !== null ? Object.values(results).flatMap(tensorsIn) : []
}
