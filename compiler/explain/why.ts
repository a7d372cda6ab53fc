import type { Reason } from '../fuse/reason.ts'
import type { Equation, Value } from '../ir/graph.ts'
import { lineOf } from '../ir/source.ts'
import type { Why } from './explained.ts'

/** Where a value lies: in the body of a loop; among the temporaries. */
interface Where {
  readonly inLoop: boolean
  readonly copied: boolean
}

/** What the fuser noted when it chose to store a value, in words; undefined: a copy, about which it was not asked. */
export function whyOf(reason: Reason | undefined, where: Where): Why {
  if (!reason) return { kind: 'copy', text: 'a copy: it has to be at a place of its own' }
  return { kind: reason.kind, text: textOf(reason, where) }
}

function textOf(reason: Reason, { inLoop, copied }: Where): string {
  switch (reason.kind) {
    case 'output':
      return inLoop
        ? 'leaves the turn of the loop'
        : copied
          ? 'leaves the program, by way of a copy'
          : 'leaves the program'
    case 'loop':
      return 'goes into a loop, or comes out of one'
    case 'sum':
      return reason.of.primitive.lower.kind === 'contract'
        ? `ends the product ${calledIn(reason.of)}: whoever computed it again would do the product again`
        : `ends the sum ${calledIn(reason.of)}: whoever computed it again would do the sum again`
    case 'rows':
      return `has sums over rows, and ${calledIn(reason.reader)} needs other rows of it than its own`
    case 'compared':
      return `is compared with itself by ${calledIn(reason.in)}: computed there and elsewhere it might be two numbers`
    case 'repeated': {
      const often = `would be computed ${Math.round(reason.times)} times over, ${Math.round(reason.operations)} operations each`
      const by =
        'primitive' in reason.most ? `an operand of ${calledIn(reason.most)}` : `needed by ${calledOf(reason.most)}`
      return reason.users > 1 ? `${by} and ${reason.users - 1} more: ${often}` : `${by}: ${often}`
    }
    case 'reads':
      return `${reason.users} nests need it, and each would read the ${reason.tensors} tensors that it is made of`
    case 'long':
      return `the expression behind it has ${reason.equations} equations, as many as one may have`
  }
}

/** 'dot (linear, flow.ts:12)' */
function calledIn({ primitive, outputs, source }: Equation): string {
  const called = [outputs[0]!.name, lineOf(source)].filter((part) => part !== '' && part !== primitive.name)
  return called.length > 0 ? `${primitive.name} (${called.join(', ')})` : primitive.name
}

const calledOf = ({ name }: Value): string => name
