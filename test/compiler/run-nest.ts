import type { Expr } from '../../compiler/kernel/expr.ts'
import type { Nest, Statement } from '../../compiler/kernel/kernel.ts'

export type Value = readonly number[]

/** What one thread sees. */
export interface Thread {
  readonly variables: Map<string, Value>
  /** Element `index` of an array of the workgroup. */
  fetch(shared: number, index: number): Value
}

export interface Machine {
  value(expr: Expr, thread: Thread): Value
  store(slot: number, index: number, value: Value): void
  /** a op b in the type of the expression. */
  fold(op: 'add' | 'max', a: number, b: number): number
}

/**
 * Runs a nest, one point of its grid after the other; the threads of a workgroup take each statement together. Throws
 * where threads use an array of their workgroup without a barrier between them, or where an element is read that nobody
 * has put.
 */
export function runNest(nest: Nest, machine: Machine): void {
  const { grid, group, body } = nest
  const point = (depth: number, at: ReadonlyMap<string, Value>): void => {
    const loop = grid[depth]
    if (loop) {
      for (let i = 0; i < loop.extent; i++) point(depth + 1, new Map([...at, [loop.index.name, [i]]]))
      return
    }
    const arrays = group?.shared.map((shared) => new SharedArray(nest.name, shared.name, shared.size)) ?? []
    const count = group?.thread.extent ?? 1
    const threads = Array.from({ length: count }, (_, number): Thread => {
      const variables = new Map(at)
      if (group) variables.set(group.thread.name, [number])
      return { variables, fetch: (shared, index) => arrays[shared]!.fetch(index, number) }
    })
    run(body, threads)

    function run(statements: readonly Statement[], active: readonly Thread[]): void {
      if (active.length === 0) return
      for (const statement of statements) one(statement, active)
    }
    function one(statement: Statement, active: readonly Thread[]): void {
      switch (statement.kind) {
        case 'let':
        case 'var':
        case 'set':
          for (const thread of active)
            thread.variables.set(statement.variable.name, machine.value(statement.value, thread))
          return
        case 'store':
          for (const thread of active) {
            const [index] = machine.value(statement.index, thread)
            machine.store(statement.slot, index!, machine.value(statement.value, thread))
          }
          return
        case 'for':
          for (let i = statement.from; i < statement.to; i += statement.step) {
            for (const thread of active) thread.variables.set(statement.index.name, [i])
            run(statement.body, active)
          }
          return
        case 'if':
          run(
            statement.body,
            active.filter((thread) => machine.value(statement.condition, thread)[0]),
          )
          return
        case 'put':
          for (const thread of active) {
            const [index] = machine.value(statement.index, thread)
            const number = threads.indexOf(thread)
            arrays[statement.shared]!.put(index!, machine.value(statement.value, thread), number)
          }
          return
        case 'barrier':
          if (active.length !== threads.length) throw new Error(`${nest.name}: a barrier that not all threads pass`)
          for (const array of arrays) array.settle()
          return
        case 'combine': {
          if (active.length !== threads.length) throw new Error(`${nest.name}: threads combine, but not all of them`)
          const { op, variables, stride, width } = statement
          for (const { name } of variables) {
            const held = threads.map((thread) => thread.variables.get(name)!)
            for (const [number, thread] of threads.entries()) {
              const first = number - (Math.floor(number / stride) % width) * stride
              let total = held[first]!
              for (let i = 1; i < width; i++)
                total = total.map((value, lane) => machine.fold(op, value, held[first + i * stride]![lane]!))
              thread.variables.set(name, total)
            }
          }
        }
      }
    }
  }
  point(0, new Map())
}

/** An array whose elements are seen by other threads after a barrier. */
class SharedArray {
  readonly #name: string
  readonly #size: number
  readonly #settled = new Map<number, Value>()
  readonly #put = new Map<number, { readonly value: Value; readonly thread: number }>()
  readonly #fetched = new Map<number, Set<number>>()

  constructor(nest: string, name: string, size: number) {
    this.#name = `${nest}: ${name}`
    this.#size = size
  }

  put(index: number, value: Value, thread: number): void {
    if (!(index >= 0 && index < this.#size)) throw new Error(`${this.#name} has no element ${index}`)
    if (this.#put.has(index)) throw new Error(`${this.#name}[${index}] is put twice with no barrier between`)
    for (const other of this.#fetched.get(index) ?? [])
      if (other !== thread) throw new Error(`${this.#name}[${index}] is put while it is read`)
    this.#put.set(index, { value, thread })
  }

  fetch(index: number, thread: number): Value {
    const put = this.#put.get(index)
    if (put && put.thread !== thread) throw new Error(`${this.#name}[${index}] is read while it is put`)
    const readers = this.#fetched.get(index) ?? new Set()
    this.#fetched.set(index, readers.add(thread))
    const value = put?.value ?? this.#settled.get(index)
    if (!value) throw new Error(`${this.#name}[${index}] was never put`)
    return value
  }

  settle(): void {
    for (const [index, { value }] of this.#put) this.#settled.set(index, value)
    this.#put.clear()
    this.#fetched.clear()
  }
}
