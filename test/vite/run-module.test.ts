import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as vite from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModule } from '../../vite/run-module.ts'

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'run-module-')))
  const files = {
    'tsconfig.json': JSON.stringify({ compilerOptions: { jsx: 'preserve', jsxImportSource: 'none' } }),
    'page.tsx': `import './page.css'
import styles, { wide } from './page.module.scss?inline'
const icon = <><p /></>
export const view = (text: string) => <p title={text}>{icon}</p>
export { styles, wide }`,
    'page.css': 'p { color: red }',
    'page.module.scss': '.wide { p { width: 1px } }',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

test('modules of pages run: style sheets are empty, and elements need no library', async () => {
  const { exports } = await runModule(vite, join(folder, 'page.tsx'), {})
  const { view, styles, wide } = exports as {
    readonly view: (text: string) => unknown
    readonly styles: unknown
    readonly wide: unknown
  }
  expect(typeof view('it')).toBe('object')
  expect(styles).toEqual({})
  expect(wide).toBeUndefined()
})
