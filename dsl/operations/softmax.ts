import * as p from '../../compiler/ir/primitives/index.ts'
import { floats } from '../shape/dtype.ts'
import type { Held } from '../trace/held.ts'
import { div, exp, log, stopGradient, sub } from './elementwise.ts'
import { inSingle, reduction } from './reduce.ts'

export const softmax = (x: Held, axis = -1): Held =>
  inSingle('softmax', x, (x) => {
    const powers = exp(belowGreatest('softmax', x, axis), 'softmax')
    return div(powers, total('softmax', powers, axis), 'softmax')
  })

export const logSoftmax = (x: Held, axis = -1): Held =>
  inSingle('logSoftmax', x, (x) => {
    const below = belowGreatest('logSoftmax', x, axis)
    return sub(below, log(total('logSoftmax', exp(below, 'logSoftmax'), axis), 'logSoftmax'), 'logSoftmax')
  })

/** x - max x, which changes no softmax and lets no power overflow. */
function belowGreatest(op: string, x: Held, axis: number): Held {
  const greatest = reduction(op, p.reduceMax, floats)(x, axis, { keepdims: true })
  return sub(x, stopGradient(greatest, op), op)
}

const total = (op: string, x: Held, axis: number): Held => reduction(op, p.sum, floats)(x, axis, { keepdims: true })
