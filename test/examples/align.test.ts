import { readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test, vi } from 'vitest'
import { folderOf, fromSources, root, typeErrorsOf } from '../listings.ts'

const folder = join(root, 'examples/align')
const names = ['align', 'disks', 'measures', 'node'] as const
const texts = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, `${name}.ts`), 'utf8')])) as {
  readonly [name in (typeof names)[number]]: string
}

test('it is short, and needs no casts', () => {
  expect(texts.align.split('\n').length).toBeLessThanOrEqual(60)
  for (const text of Object.values(texts)) expect(text).not.toMatch(/\bas (any|never|unknown)\b|\bany[,;)>]|@ts-/)
})

test('a user sees no type errors, and sees one where a network does not fit', { timeout: 120_000 }, () => {
  const files = Object.fromEntries(names.map((name) => [`${name}.ts`, fromSources(texts[name])]))
  const wrong = texts.align.replace('linear(128, 2))', 'linear(64, 2))')
  const checked = folderOf({ ...files, 'wrong.ts': fromSources(wrong), 'readme.ts': fromSources(readme) })
  try {
    const found = errorsOf(checked)
    expect(found).toMatch(/wrong\.ts\(\d+,\d+\): .*layer 5 takes \[64\] and is given \[n, 128\]/)
    expect(found).not.toMatch(/(align|disks|measures|node)\.ts\(/)
    // Of what the README leaves out, some imports are not used.
    expect(found).not.toMatch(/readme\.ts\(.*error TS(?!6133|6192)/)
  } finally {
    rmSync(checked, { recursive: true })
  }
})

/** The core of the example in the README, and what it leaves out. */
const readme = `${texts.align.slice(0, texts.align.indexOf('const model'))}
import { openDevice } from 'fluxion'
import { loadNpy } from 'fluxion/node'
const [device, field, steps] = [await openDevice(), simpleMlpAdaLN(2, { width: 64, blocks: 2 }), 100]
const images = dataset({ image: { shape: [16, 16], data: disks(256) } })
${/## As a library[\s\S]*?```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))![1]!}
export { latents }
`

/** What the compiler prints. */
function errorsOf(folder: string): string {
  try {
    return typeErrorsOf(folder)
  } catch (error) {
    return String((error as { readonly stdout?: unknown }).stdout)
  }
}

test('in Node: it trains with a file of features, says how good it is, and encodes', { timeout: 120_000 }, async () => {
  const said: string[] = []
  const printed: unknown[] = []
  const [{ argv }, write] = [process, process.stderr.write]
  const log = vi.spyOn(console, 'log').mockImplementation((...parts) => void printed.push(...parts))
  process.stderr.write = (text) => said.push(String(text)) > 0
  process.argv = [...argv.slice(0, 2), resolve(root, 'examples/page/public/features.npy'), '100']
  try {
    await import('../../examples/align/node.ts')
  } finally {
    log.mockRestore()
    Object.assign(process, { argv })
    process.stderr.write = write
  }
  const evaluations = said.join('').match(/^.*evaluation: .*$/gm)!
  expect(evaluations).toHaveLength(11)
  const values = (name: string) => evaluations.map((line) => Number(new RegExp(`${name} (\\S+)`).exec(line)?.[1]))
  for (const name of ['psnr', 'energy', 'noise', 'alarms']) expect(values(name).every(Number.isFinite), name).toBe(true)
  expect(values('psnr').at(-1)! - values('psnr')[0]!).toBeGreaterThan(5)
  expect(values('energy').at(-1)).toBeLessThan(values('energy')[0]! / 2)
  expect(values('noise')[0]).toBeGreaterThan(0)
  const latents = printed[0] as Float32Array
  expect(latents).toHaveLength(4)
  expect(latents.every((value) => Number.isFinite(value) && Math.abs(value) < 10)).toBe(true)
  expect(new Set(latents).size).toBe(4)
})
