import type { DType } from '../shape/dtype.ts'
import type { Fields } from '../shape/misfit.ts'
import { type AnySpec, isSpec, type Specs } from '../spec.ts'
import { tensorsOf } from '../tensor-in.ts'
import type { Held } from '../trace/held.ts'
import { check, fail } from '../trace/trace.ts'
import { type LeafAt, leavesOf, malformed } from '../tree.ts'

/**
 * Check: an optimiser can move all of P, tensors or their specs. A record whose names are not known passes; tracing
 * checks it.
 */
export type Trainable<P, At extends string = 'params'> = unknown extends P
  ? never
  : P extends { readonly dtype: infer D extends DType }
    ? { d: D } extends { d: 'f32' }
      ? never
      : DType extends D
        ? never
        : `dtype error: ${At} is ${D}, needs f32; leave out what is not trained`
    : string extends keyof P
      ? never
      : { [K in Fields<P>]: Trainable<P[K], `${At}.${K & (string | number)}`> }[Fields<P>]

/** The parameters with their paths. Messages call all of them `what`. */
export function trainableTensors(params: unknown, what = 'params'): readonly LeafAt<Held>[] {
  const leaves = tensorsOf(params, what)
  for (const { path, leaf } of leaves) check(trainable(what, path, leaf.dtype))
  return leaves
}

/** Throws where specs are not those of parameters. */
export function checkTrainable(params: unknown): asserts params is Specs | AnySpec {
  const at = (path: string): string => (path === '' ? 'params' : `params.${path}`)
  const wrong = malformed(params, isSpec)
  if (wrong) throw fail(`type error: ${at(wrong.path)} ${wrong.why}`)
  const specs = leavesOf(params, isSpec, (path) => {
    throw fail(`type error: ${at(path)} is not a spec; write f32(...) or a record of them`)
  })
  for (const { path, leaf } of specs) check(trainable('params', path, leaf.dtype))
}

const trainable = (what: string, path: string, dtype: DType): string | undefined =>
  dtype === 'f32'
    ? undefined
    : `dtype error: ${path === '' ? what : `${what}.${path}`} is ${dtype}, needs f32; leave out what is not trained`
