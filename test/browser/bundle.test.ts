import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { type Bundle, bundled, gzipped, modulesLoaded } from './bundled.ts'

// What a page is served, minified.

const library = ['index.ts', 'compiler/', 'dsl/', 'models/', 'runtime/']

/** What is in a page, or imported by it, and is not of the library, or of no browser. */
const strangers = ({ files, imports }: Bundle): readonly string[] => [
  ...imports,
  ...[...files.keys()].filter(
    (file) => !library.some((room) => file.startsWith(room)) || file.startsWith('runtime/node/'),
  ),
]

/** What weighs most, for whom a budget stops. */
const heaviest = ({ gzip, minified, files }: Bundle): string => {
  const folders = new Map<string, number>()
  for (const [file, bytes] of files) {
    const folder = posix.dirname(file)
    folders.set(folder, (folders.get(folder) ?? 0) + bytes)
  }
  const list = [...folders].sort(([, a], [, b]) => b - a).map(([folder, bytes]) => `${folder} ${bytes}`)
  return `${gzip} bytes gzipped, ${minified} minified; by folder, before minifying: ${list.slice(0, 12).join(', ')}`
}

describe.each([
  { page: 'a trained prior', text: "export { trainOn } from './test/browser/train.ts'" },
  { page: 'compile', text: "export { compile, f32, grad, openDevice, program } from './index.ts'", gzip: 60_000 },
  { page: 'runtime', text: "export * from './runtime/index.ts'", gzip: 15_000 },
])('a page with $page', ({ text, gzip }) => {
  test('has nothing in it but the library, nothing of Node, and keeps to its budget', async () => {
    const bundle = await bundled(text)
    expect(strangers(bundle)).toEqual(
      text.includes('test/browser') ? ['bench/programs/matching.ts', 'test/browser/train.ts'] : [],
    )
    // What was measured, and a tenth more.
    if (gzip !== undefined) expect(bundle.gzip, heaviest(bundle)).toBeLessThanOrEqual(gzip)
  })
})

test.skipIf(missing(computing, 'what a page loads that trains on WebGPU'))(
  'a page that trains a network on WebGPU keeps to its budget in all that it loads',
  async () => {
    const { modules } = await bundled(
      "export { openDevice } from './index.ts'; export { train } from './test/browser/train.ts'",
    )
    const names = await modulesLoaded(modules, async ({ openDevice, train }) => {
      const device = await (openDevice as typeof import('../../index.ts').openDevice)('webgpu', { gpu: computing.gpu! })
      await (train as typeof import('./train.ts').train)(device, { steps: 1, n: 8, seed: 1 })
      device.dispose()
    })
    const sizes = names.map((name) => [name, gzipped(modules.get(name)!)] as const)
    const all = sizes.reduce((bytes, [, size]) => bytes + size, 0)
    expect(all, sizes.map(([name, size]) => `${name} ${size}`).join(', ')).toBeLessThanOrEqual(96_600)
  },
)

test('a page that needs Node is found out', async () => {
  const needing = await bundled("export { mapLibrary } from './runtime/node/library.ts'")
  expect(strangers(needing)).toContain('runtime/node/library.ts')
  expect(strangers(needing).filter((file) => file.includes('node:os'))).toHaveLength(1)
})
