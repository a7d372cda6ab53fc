import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FrontendError, findExports } from '../../../compiler/frontend/index.ts'

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'exports-')))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'model.ts'), model)
  writeFileSync(join(folder, 'more.ts'), '\n/** From elsewhere. */\nexport const more = 1\n')
  writeFileSync(join(folder, 'broken.ts'), 'export const a = (')
})
afterAll(() => rmSync(folder, { recursive: true }))

const model = `/** Of the file. */

/**
 * One step.
 *
 * @see elsewhere
 */
export const step = make()
/** Two. */
const a = make(), b = make()
export { a as first, b }
export { more } from './more.ts'
// no doc comment
export const plain = make()
/** The one. */
export default make()

function make() {
  return 1
}
`

test('every export has the line of its declaration, and its comment as it is written', async () => {
  const found = await findExports(join(folder, 'model.ts'))
  const at = (name: string, line: number, comment: string, file = 'model.ts') => ({
    name,
    file: join(folder, file),
    line,
    comment,
  })
  expect(found).toEqual([
    at('b', 10, '/** Two. */'),
    at('default', 16, '/** The one. */'),
    at('first', 10, '/** Two. */'),
    at('more', 3, '/** From elsewhere. */', 'more.ts'),
    at('plain', 14, ''),
    at('step', 8, '/**\n * One step.\n *\n * @see elsewhere\n */'),
  ])
})

test('a file that is not there, and one that does not parse, are errors that say so', async () => {
  await expect(findExports(join(folder, 'gone.ts'))).rejects.toThrow(FrontendError)
  await expect(findExports(join(folder, 'broken.ts'))).rejects.toThrow('broken.ts:1:')
})
