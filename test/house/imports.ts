import { posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { lineOf } from './sources.ts'

/** One module that a file names. */
export interface Import {
  readonly line: number
  /**
   * A path from the root of the project ('dsl/tensor.ts'), or what stands outside it ('node:fs', 'fast-check');
   * undefined: not a literal.
   */
  readonly target: string | undefined
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean
  /** It is an `import()`, which runs when it is reached. */
  readonly lazy: boolean
}

/**
 * All imports of a TypeScript file: static, re-exported, dynamic, and `import('...')` in a type. `import { type A }` is
 * left in the compiled file as an import for its effects, so it is not one of types only.
 */
export const importsOf = (file: string, text: string): readonly Import[] => {
  const { module, program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]!.message}`)
  const found: Import[] = []
  const add = (offset: number, request: string | undefined, typeOnly: boolean, lazy = false): void => {
    const target = request?.startsWith('.') ? posix.join(posix.dirname(file), request) : request
    found.push({ line: lineOf(text, offset), target, typeOnly, lazy })
  }
  const isType = (statement: { start: number; end: number }): boolean =>
    /^(import|export)\s+type\b/.test(text.slice(statement.start, statement.end))

  for (const statement of module.staticImports) add(statement.start, statement.moduleRequest.value, isType(statement))
  for (const statement of module.staticExports) {
    const request = statement.entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest
    if (request) add(statement.start, request.value, isType(statement))
  }
  for (const { start, moduleRequest } of module.dynamicImports) {
    const literal = /^(['"`])([^$]*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    add(start, literal?.[2], false, true)
  }
  new Visitor({ TSImportType: (node) => add(node.start, node.source.value, true) }).visit(program)
  return found
}
