export { FrontendError } from './error.ts'
export { type FoundProgram, findPrograms } from './find-programs.ts'
export type { Sources } from './load-sources.ts'
