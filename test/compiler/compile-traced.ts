import { arrangeTraced, type Compilation, emitKernels } from '../../compiler/compile.ts'
import type { Declared } from '../../compiler/kernel/expr.ts'
import * as declared from '../../compiler/kernel/functions/declared.ts'

/** All that primitives call. */
export const declarations = Object.values(declared).filter((fn): fn is Declared => typeof fn === 'object')
export const functions = await declared.loaded(declarations)

/** What compileTraced gives, at once, since every function is here. */
export const compileTraced = (...given: Parameters<typeof arrangeTraced>): Compilation =>
  emitKernels(arrangeTraced(...given), functions)
