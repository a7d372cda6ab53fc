import { specsOf } from './call-program.ts'
import { type AnyProgram, definitionOf, program } from './program.ts'
import { sizeOfDim } from './shape/bind.ts'
import { show } from './shape/dim.ts'
import { type AnySpec, isSpec, type Specs, u32 } from './spec.ts'
import type { AnyTensor, Tensor } from './tensor.ts'
import { fail } from './trace/trace.ts'
import type { Sizes } from './trace-program.ts'
import { isTensor } from './traced-tensor.ts'
import { mapTree } from './tree.ts'

/** What a row of a data set has in a column. */
export interface RowSpec {
  readonly shape: readonly number[]
  readonly dtype: 'f32' | 'i32' | 'u32'
}

/** Which inputs of a program are rows of a data set, and how many rows a call takes. */
export interface Batches {
  readonly batch: number
  readonly names: readonly string[]
}

/**
 * The inputs of a program that have the name of a column, which then are batches of its rows. Columns that it has no
 * input for are left out.
 *
 * @throws FluxionError where rows do not fit an input, where batches are of different sizes, and where there is no
 * batch at all.
 */
export function batchesOf(step: AnyProgram, sizes: Sizes, columns: { readonly [name: string]: RowSpec }): Batches {
  const inputs = boundInputs(step, sizes)
  const names = Object.keys(columns).filter((name) => name !== 'state' && Object.hasOwn(inputs, name))
  if (names.length === 0)
    throw fail(
      `type error: no column of the data is an input: the columns are ${list(Object.keys(columns))}, and ${definitionOf(step).name()} takes ${list(Object.keys(inputs).filter((name) => name !== 'state'))}`,
    )
  const batches = names.map((name) => {
    const input = inputs[name]!
    const row = columns[name]!
    if (!isSpec(input)) throw misfit(`input ${name} is a record, and a column of the data has its name`)
    const [size, ...rest] = input.shape as readonly number[]
    if (size === undefined) throw misfit(`input ${name} is a scalar, and a column of the data has its name`)
    if (input.dtype !== row.dtype)
      throw fail(`dtype error: input ${name} is ${input.dtype}, and the data has rows of ${row.dtype}`)
    if (rest.length !== row.shape.length || rest.some((length, axis) => length !== row.shape[axis]))
      throw misfit(`input ${name} takes rows of ${show(rest)}, and the data has rows of ${show(row.shape)}`)
    return { name, size }
  })
  const [first, ...others] = batches as [(typeof batches)[0], ...typeof batches]
  for (const { name, size } of others)
    if (size !== first.size)
      throw misfit(`input ${first.name} takes ${first.size} rows and ${name} takes ${size}; both must be as many`)
  return { batch: first.size, names }
}

const misfit = (what: string): Error => fail(`shape error: ${what}`)
const list = (names: readonly string[]): string => names.join(', ') || 'none'

/** Throws where an input of the program is neither state nor a column nor given. */
export function checkFed(step: AnyProgram, columns: readonly string[], given: object): void {
  const { inputs, name } = definitionOf(step)
  if (inputs.state === undefined)
    throw fail(
      `type error: fit: ${name()} has no state that one step could hand to the next; name an input and an output 'state'`,
    )
  for (const input of Object.keys(inputs))
    if (input !== 'state' && !columns.includes(input) && !Object.hasOwn(given, input))
      throw fail(
        `type error: fit: input ${input} of ${name()} is neither a column of the data nor given; give it with { inputs: { ${input}: ... } }`,
      )
}

export interface Sampling extends Batches {
  /** How many rows the data has. */
  readonly rows: number
  /** Of how many steps the rows are given at once. */
  readonly most: number
}

/**
 * A training step that finds its batches in a whole data set. Its state is `{ of, at }`: that of the step, and which
 * row of `order` is the next batch; `order` [most, batch] numbers the rows of the data for each of the next steps;
 * `data` has the columns; `rest` the other inputs. Beside the state it gives the scalars that the step gives.
 */
export function sampled(step: AnyProgram, sizes: Sizes, { batch, names, rows, most }: Sampling): AnyProgram {
  const { state, ...inputs } = boundInputs(step, sizes)
  const isColumn = (name: string) => names.includes(name)
  const data = Object.fromEntries(
    names.map((name) => {
      const { shape, dtype } = inputs[name] as AnySpec
      return [name, { shape: [rows, ...shape.slice(1)], dtype, initialiser: undefined } as unknown as AnySpec]
    }),
  )
  const rest = Object.fromEntries(Object.entries(inputs).filter(([name]) => !isColumn(name)))
  const specs = {
    state: { of: state ?? {}, at: u32() },
    order: u32(most, batch),
    data,
    ...(Object.keys(rest).length > 0 && { rest }),
  } satisfies Specs
  type Given = {
    readonly state: { readonly of: object; readonly at: Tensor<[], 'u32'> }
    readonly order: Tensor<[number, number], 'u32'>
    readonly data: { readonly [name: string]: AnyTensor }
    readonly rest?: object
  }
  const call = step as unknown as (inputs: object) => { readonly state: object }
  return program(
    specs as never,
    ({ state, order, data, rest }: Given) => {
      const numbers = order.take(state.at)
      const batches = Object.fromEntries(names.map((name) => [name, data[name]!.take(numbers)]))
      const { state: of, ...results } = call({ state: state.of, ...rest, ...batches })
      return { state: { of, at: state.at.add(1) }, ...(scalarsIn(results) as object) }
    },
    { name: definitionOf(step).name() },
  )
}

/** Those parts of a tree of tensors that are scalars; undefined where there are none. */
function scalarsIn(tree: unknown): unknown {
  if (isTensor(tree)) return tree.shape.length === 0 ? tree : undefined
  const parts = Object.entries(tree as object).flatMap(([name, part]) => {
    const scalars = scalarsIn(part)
    return scalars === undefined ? [] : [[name, scalars] as const]
  })
  return parts.length > 0 ? Object.fromEntries(parts) : undefined
}

/** The specs of a program's inputs, with sizes for names. */
function boundInputs(step: AnyProgram, sizes: Sizes): Specs {
  const { inputs } = definitionOf(step)
  specsOf(inputs)
  const bindings = new Map(Object.entries(sizes).map(([dim, size]) => [dim, { dim, size }]))
  return mapTree(inputs, isSpec, (spec, path) => ({
    ...spec,
    shape: spec.shape.map((dim) => {
      const size = sizeOfDim(dim, bindings)
      if (size !== undefined) return size
      throw fail(`type error: dim ${dim} of input ${path} has no size; give it one: { ${dim}: 256 }`)
    }),
  })) as Specs
}
