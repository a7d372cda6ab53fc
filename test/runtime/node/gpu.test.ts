import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openDawn } from '../../../runtime/node/dawn.ts'
import { nodeGpu, nullGpu } from '../../../runtime/node/index.ts'
import { unpackOnce } from '../../../runtime/node/swiftshader.ts'
import { checking, missing } from '../webgpu/gpus.ts'

test('there is a GPU with an adapter, or a reason why not', async () => {
  for (const found of [await nodeGpu(), await nodeGpu({ software: true }), await nullGpu()])
    if (found.gpu) expect(await found.gpu.requestAdapter()).not.toBeNull()
    else expect(found.reason).toMatch(/no GPU|'webgpu'/)
})

test('software is used only where it is asked for, also after it has been', async () => {
  await nodeGpu({ software: true })
  const { gpu } = await nodeGpu()
  const adapter = await gpu?.requestAdapter()
  expect(adapter?.info.isFallbackAdapter ?? false).toBe(false)
})

test('what Dawn does not know is a reason, not a crash', async () => {
  const { gpu, reason } = await openDawn(['no such option'])
  expect(gpu === undefined).toBe(reason !== undefined)
})

test('an archive is unpacked once, whole, also by several at a time', async () => {
  const root = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../..')
  const cache = await mkdtemp(join(tmpdir(), 'fluxion-test-'))
  const folder = join(cache, 'deep', 'swiftshader')
  try {
    const archive = join(root, 'bin/swiftshader.tar.br')
    await Promise.all([unpackOnce(archive, folder), unpackOnce(archive, folder), unpackOnce(archive, folder)])
    expect(await readdir(dirname(folder))).toEqual(['swiftshader'])
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['libvulkan.so.1', 'vk_swiftshader_icd.json']))
    const broken = unpackOnce(join(root, 'package.json'), join(cache, 'broken'))
    await expect(broken).rejects.toThrow()
    expect(await readdir(cache)).toEqual(['deep'])
    expect(existsSync(join(cache, 'broken'))).toBe(false)
  } finally {
    await rm(cache, { recursive: true })
  }
})

test.skipIf(missing(checking, 'devices at exit'))(
  'devices are destroyed when the process ends: Dawn crashes if one is at work then',
  async () => {
    const device = await (await checking.gpu!.requestAdapter())!.requestDevice()
    const [atExit, ...more] = process.listeners('exit').filter(({ name }) => name === 'destroyAll')
    expect(more).toEqual([])
    atExit!(0)
    expect(await device.lost).toMatchObject({ reason: 'destroyed' })
  },
)
