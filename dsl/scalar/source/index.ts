export {
  type Expression,
  type Mention,
  mentionsIn,
  nameOfPath,
  type Operation,
  partsOf,
  type ScalarSource,
} from './expression.ts'
export { checkMentions, type Known, wrongUse } from './mentions.ts'
export { codeFrame, Mistake } from './mistake.ts'
export { readFunction } from './read-function.ts'
export { readMentions } from './read-mentions.ts'
