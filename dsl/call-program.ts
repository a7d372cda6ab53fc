import type { Source } from '../compiler/ir/graph.ts'
import { type Bindings, clash, namesIn, renameDim } from './shape/bind.ts'
import type { Extent } from './shape/dim.ts'
import { supported } from './shape/dtype.ts'
import { fits, fitsBinding } from './shape/fit.ts'
import { missing } from './shape/misfit.ts'
import { type AnySpec, isSpec, type Specs } from './spec.ts'
import { tensorIn, tensorsOf } from './tensor-in.ts'
import { extentsOf } from './trace/held.ts'
import { belongs, bindDims, check, fail, inScope, type Trace, tracing } from './trace/trace.ts'
import { isTensor, type TracedTensor, traced } from './traced-tensor.ts'
import { isBranch, type LeafAt, leavesOf, malformed, mapTree, partAt } from './tree.ts'

/** What a program is made of. */
export interface Definition {
  readonly inputs: Specs
  readonly body: (inputs: never) => unknown
  /** The name that was given, else 'program at flow.ts:12'. */
  readonly name: () => string
  /** Where it is written. */
  readonly frame: Source['frame']
  /** Whether `state` must come out as it went in; not so for what a transform makes of a program. */
  readonly threadsState: boolean
}

/** The specs of a program's inputs with their paths, in the order of the graph's inputs. */
export function specsOf(inputs: unknown): readonly LeafAt<AnySpec>[] {
  const wrong = malformed(inputs, isSpec)
  if (wrong) throw fail(`type error: program: input ${wrong.path || 'record'} ${wrong.why}`)
  const specs = leavesOf(inputs, isSpec, (path) => {
    throw fail(
      `type error: program: input ${path || 'record'} is not a spec; write f32(...), i32(...), key() or a record of them`,
    )
  })
  for (const { leaf } of specs) check(leaf.dtype === 'key' ? undefined : supported('program', leaf.dtype))
  return specs
}

/** Traces the body of a program as part of the current trace, and gives its result in the caller's dims. */
export function callProgram(definition: Definition, given: unknown): unknown {
  const trace = tracing()
  if (!trace) {
    throw fail(
      `trace error: ${definition.name()} is a description and cannot be called here: compile(program, device, sizes) makes a function of it, or call it in the body of another program`,
    )
  }
  const bindings = bindInputs(definition.inputs, given)
  const inputs = mapTree(definition.inputs, isSpec, (spec, path) => {
    const tensor = partAt(given, path) as TracedTensor
    belongs(definition.name(), trace, tensor)
    return traced({ value: tensor.value, trace: tensor.trace, shape: spec.shape, dtype: spec.dtype })
  })
  const result = runBody(trace, definition, inputs, bindings)
  return mapTree(result, isTensor, (tensor) =>
    traced({ ...heldOf(tensor), shape: tensor.shape.map((dim) => renameDim(dim, bindings)) }),
  )
}
const heldOf = ({ value, shape, dtype, trace }: TracedTensor) => ({ value, shape, dtype, trace })

/** Runs the body on tensors that have the dims of its own specs, and checks what comes out. */
export function runBody(trace: Trace, definition: Definition, inputs: unknown, bindings: Bindings): unknown {
  const { programs } = trace.scope
  if (programs.includes(definition.frame)) {
    throw fail(
      `trace error: ${definition.name()} calls itself, and tracing would never end; loop in a function that is not a program`,
    )
  }
  const names = [...trace.scope.names, definition.name()]
  return inScope(trace, { names, dims: bindings, programs: [...programs, definition.frame] }, () => {
    const result = definition.body(inputs as never)
    if (definition.threadsState) checkState(definition, result)
    for (const { leaf } of tensorsOf(result, 'program: the result', definition.frame)) {
      belongs('the result', trace, leaf)
    }
    return result
  })
}

/** What the names of the specs stand for in the given inputs. */
function bindInputs(specs: Specs, given: unknown): Bindings {
  const inputs = isBranch(given) ? given : {}
  for (const name of Object.keys(specs)) check(Object.hasOwn(inputs, name) ? undefined : missing(`input ${name}`))
  for (const name of Object.keys(inputs))
    check(Object.hasOwn(specs, name) ? undefined : `type error: there is no input ${name}`)
  const bound = new Map<string, Extent>()
  for (const { path, leaf: spec } of specsOf(specs)) {
    const tensor = tensorIn(inputs, path, '', { ...spec, fits: (given) => fitsBinding(given, spec.shape) })
    for (const [name, extent] of namesIn(spec.shape, extentsOf(tensor))) {
      const elsewhere = bound.get(name)
      if (elsewhere) check(clash(name, extent, elsewhere, path.split('.')[0]!))
      else bound.set(name, extent)
    }
  }
  return bound
}

function checkState({ inputs, frame }: Definition, result: unknown): void {
  if (inputs.state === undefined) return
  if (!isBranch(result) || !Object.hasOwn(result, 'state')) {
    throw fail('type error: program: state goes in and does not come out', frame)
  }
  for (const { path, leaf: spec } of specsOf(inputs.state)) {
    const needed = bindDims('program', spec.shape)
    tensorIn(result.state, path, 'the new state', { ...spec, fits: (given) => fits(given, needed) }, frame)
  }
}
