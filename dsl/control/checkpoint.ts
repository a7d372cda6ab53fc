import * as control from '../../compiler/transform/control/index.ts'
import { checkFunction } from '../given.ts'
import { isProgram, programOf } from '../program.ts'
import type { Same } from '../shape/rule.ts'
import { tensorsOf } from '../tensor-in.ts'
import { enter } from '../trace/trace.ts'
import { given, holding, like, traceBody } from './body.ts'

/**
 * The same function, of which a gradient keeps only the arguments: what is in between is computed again on the way back
 * (rematerialisation; Chen et al. 2016, arXiv 1604.06174). It may be a program.
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

function remembered(f: (...args: never) => unknown, args: readonly unknown[]): unknown {
  const trace = enter('checkpoint')
  const inputs = given('checkpoint', trace, args, 'argument').map(({ leaf }) => leaf.value)
  const made = traceBody('checkpoint', f, args, like, (result) => ({
    result,
    outputs: tensorsOf(result, 'checkpoint: the result').map(({ leaf }) => leaf),
  }))
  const { graph, captured } = control.close(made.graph)
  const values = trace.builder.emitAll(control.checkpoint, [...captured, ...inputs], { body: graph })
  return holding(trace, made.result, made.outputs, values)
}
