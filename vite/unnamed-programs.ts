import { callsOf, importedFrom } from './imported.ts'
import { type Insertion, inserting, optionsAfter } from './options.ts'
import { type Node, nodesIn } from './syntax.ts'

/**
 * What gives every program of a module the name of its variable: `const a = program(inputs, body)` becomes `const a =
 * program(inputs, body, { name: 'a' })`. Only calls of what the module imports from 'fluxion' are meant, under whatever
 * name; a call that has a name, or options that cannot be read here, stays as it is.
 */
export const nameInsertions = (module: Node, code: string): readonly Insertion[] =>
  callsOf(module, importedFrom(module, 'program'))
    .flatMap(({ call, holder }) => {
      const read = holder === undefined ? undefined : optionsAfter(call, 2)
      if (!read || (read.options && nodesIn(read.options, 'properties').length > 0)) return []
      return inserting(call, read.options, [`name: '${holder}'`], code)
    })
    .sort((a, b) => a.at - b.at)
