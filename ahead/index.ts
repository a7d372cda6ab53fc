export { emit } from '../compiler/ahead/emit.ts'
export { mainModule } from '../compiler/ahead/main-module.ts'
export { kinds, type TextFile, targetsOf } from '../compiler/ahead/module.ts'
export { type MappedCode, targetModule } from '../compiler/ahead/target-module.ts'
export type { Sizes } from '../dsl/index.ts'
export {
  type BuildOptions,
  buildModules,
  type CompiledModule,
  type CompiledProgram,
  programsIn,
  programsOf,
  type SourceModule,
} from './build-module.ts'
export type { AheadOptions, CompiledTarget, CompiledVariant } from './compile-ahead.ts'
export type { Figures } from './figures.ts'
