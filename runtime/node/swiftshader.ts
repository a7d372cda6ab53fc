import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { cacheFolder, makeOnce } from './cache.ts'
import { mapLibrary } from './library.ts'

/**
 * Makes SwiftShader, a Vulkan driver that runs on the CPU, the driver of this process: slow, and good for checking
 * results. It comes out of the npm package `@sparticuz/chromium`, for Linux on x64. Call it on the main thread: a
 * worker's environment is a copy that the driver's loader does not see.
 *
 * @returns why it is not there, or undefined where it is.
 */
export async function useSwiftShader(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `SwiftShader comes for linux x64 and this is ${process.platform} ${process.arch}`
  const archive = findArchive()
  if (!archive) return "the package '@sparticuz/chromium' is not installed: npm install --save-dev @sparticuz/chromium"
  const folder = join(cacheFolder(), `swiftshader-${archive.version}`)
  await unpackOnce(archive.path, folder)
  const driver = join(folder, 'vk_swiftshader_icd.json')
  process.env.VK_ICD_FILENAMES = driver
  process.env.VK_DRIVER_FILES = driver
  // Dawn asks the system for libvulkan.so.1 by name, and gets what is mapped under that name.
  return mapLibrary(join(folder, 'libvulkan.so.1')) ? undefined : 'its loader of Vulkan drivers does not load here'
}

function findArchive(): { path: string; version: string } | undefined {
  const require = createRequire(import.meta.url)
  try {
    // Its entry is build/cjs/index.cjs.
    const root = join(dirname(require.resolve('@sparticuz/chromium')), '../..')
    const { version } = require(join(root, 'package.json')) as { version: string }
    return { path: join(root, 'bin/swiftshader.tar.br'), version }
  } catch {
    return undefined
  }
}

/** Unpacks an archive, once. */
export const unpackOnce = (archive: string, folder: string): Promise<void> =>
  makeOnce(folder, async (unfinished) => {
    const { default: tar } = await import('tar-fs')
    await pipeline(createReadStream(archive), createBrotliDecompress(), tar.extract(unfinished))
  })
