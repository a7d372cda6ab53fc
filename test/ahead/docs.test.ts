import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run } from '../../cli/build.ts'
import { printed } from '../cli/printed.ts'
import { folderOf, fromSources, root, typeErrorsOf } from '../listings.ts'

// The page's module is built with the options that it says, and its listing is checked by the compiler and run.

const page = readFileSync(join(root, 'docs/ahead-of-time.md'), 'utf8')
const [model, use] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!) as [string, string]
const [, args] = /```sh\nnpx fluxion build model\.ts (.*)\n```/.exec(page)!
const [, said] = /```text\n([\s\S]*?)```/.exec(page)!
/** How an import with `?fluxion` is typed. */
const typed = `import type { BuiltFrom } from 'fluxion'
import { type Device } from 'fluxion/runtime'
import { step as written } from './generated/model.js'
import type * as model from './model.ts'

declare const built: unknown
declare const device: Device
const { step } = built as BuiltFrom<typeof model, { n: 4; d: 2; other: 3 }>
const run = await step(device, { n: 4, d: 2 })
const x = new Float32Array(8)
const inputs = { state: await run.init({ seed: 0 }), x, y: new Float32Array(4), rate: 0.1 }
export const { state, error } = run(inputs)
export const shape: readonly [2] = state.w.shape
// Tensors go from one to the other.
const other = await written(device)
const { state: next } = other({ ...inputs, state })
run({ ...inputs, state: next })
// @ts-expect-error it was compiled for others
void step(device, { n: 5, d: 2 })
// @ts-expect-error the inputs are not all there
run({ x })
// @ts-expect-error what needs the compiler is not there
run.explain()
`

let folder: string
beforeAll(async () => {
  folder = folderOf({ 'model.ts': fromSources(model), 'use.ts': fromSources(use), 'typed.ts': fromSources(typed) })
  // Of the listing nothing is TypeScript alone.
  writeFileSync(join(folder, 'model.js'), model)
  const given = args!.replace('generated', join(folder, 'generated')).split(' ')
  await printed(run, join(folder, 'model.js'), ...given)
})
afterAll(() => rmSync(folder, { recursive: true }))

test('it has no type errors', () => {
  expect(typeErrorsOf(folder)).toBe('')
})

test('it prints what the page says', async () => {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => {
    lines.push(parts.map((part) => inspect(part)).join(' '))
  })
  await import(join(folder, 'use.ts'))
  log.mockRestore()
  expect(lines.join('\n')).toBe(said!.trim())
})
