export { FrontendError } from './error.ts'
export { type FoundExport, findExports } from './find-exports.ts'
export { type FoundProgram, findPrograms } from './find-programs.ts'
export type { Sources } from './load-sources.ts'
