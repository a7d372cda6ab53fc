import * as control from '../../compiler/transform/control/index.ts'
import { checkFunction } from '../given.ts'
import { isProgram, programOf } from '../program.ts'
import { tensorsOf } from '../tensor-in.ts'
import { hold } from '../trace/held.ts'
import { belongs, enter } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { withLeaves } from '../tree.ts'
import { like, traceBody } from './body.ts'

/**
 * The same function, of which a gradient keeps only the arguments: what is in between is computed again on the way back (rematerialisation; Chen et al. 2016, arXiv 1604.06174). It may be a program.
 */
export function checkpoint<F extends (...args: never) => unknown>(f: F): Same<F> {
  checkFunction('checkpoint', f)
  if (isProgram(f)) {
    const definition = f['~definition']
    const body = (inputs: unknown) => remembered(definition.body as (...args: never) => unknown, [inputs])
    return programOf({ ...definition, body: body as (inputs: never) => unknown }) as unknown as Same<F>
  }
  return ((...args: readonly unknown[]) => remembered(f, args)) as unknown as Same<F>
}

/** F, not to be inferred from what the result is used for. */
type Same<F> = F extends infer G ? G : never

function remembered(f: (...args: never) => unknown, args: readonly unknown[]): unknown {
  const trace = enter('checkpoint')
  const given = tensorsOf(args, 'checkpoint: argument').map(({ leaf }) => leaf)
  for (const tensor of given) belongs('checkpoint', trace, tensor)
  const made = traceBody('checkpoint', f, args, like, (result) => ({
    result,
    outputs: tensorsOf(result, 'checkpoint: the result').map(({ leaf }) => leaf),
  }))
  const { graph, captured } = control.close(made.graph)
  const values = trace.builder.emitAll(control.checkpoint, [...captured, ...given.map((tensor) => tensor.value)], {
    body: graph,
  })
  const held = made.outputs.map(({ shape, dtype }, i) => traced(hold(trace, values[i]!, shape, dtype)))
  return withLeaves(made.result, isTensor, held)
}
