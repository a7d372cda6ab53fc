import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar-fs'
import { type Browser, startBrowser } from './devtools.ts'

/** A Chromium, or why there is none. */
export type FoundChromium =
  | { readonly executable: string; readonly libraries?: string; readonly reason?: never }
  | { readonly executable?: never; readonly reason: string }

/**
 * The Chromium that the environment names in CHROMIUM, or that of the package `@sparticuz/chromium`, which is for Linux
 * on x64.
 */
export async function findChromium(): Promise<FoundChromium> {
  const named = process.env.CHROMIUM
  if (named !== undefined)
    return existsSync(named) ? { executable: named } : { reason: `CHROMIUM is '${named}', and no such file is there` }
  const { platform, arch } = process
  if (platform !== 'linux' || arch !== 'x64')
    return { reason: `the packaged Chromium is for linux x64 and this is ${platform} ${arch}; name yours in CHROMIUM` }
  let root: string
  const require = createRequire(import.meta.url)
  try {
    root = join(dirname(require.resolve('@sparticuz/chromium')), '../..')
  } catch {
    return { reason: "the package '@sparticuz/chromium' is not installed: npm ci" }
  }
  const { version } = require(join(root, 'package.json')) as { version: string }
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const folder = join(cache, 'fluxion', `chromium-${version}`)
  await unpackOnce(join(root, 'bin'), folder)
  return { executable: join(folder, 'chromium'), libraries: join(folder, 'lib') }
}

/**
 * Unpacks the browser, its software GPU and the libraries that not every system has. Of processes that do so at the
 * same time the first to finish wins.
 */
async function unpackOnce(archives: string, folder: string): Promise<void> {
  if (existsSync(folder)) return
  await mkdir(dirname(folder), { recursive: true })
  const unfinished = await mkdtemp(`${folder}-`)
  const unpack = (name: string, to: NodeJS.WritableStream) =>
    pipeline(createReadStream(join(archives, name)), createBrotliDecompress({ chunkSize: 2 ** 20 }), to)
  try {
    await unpack('chromium.br', createWriteStream(join(unfinished, 'chromium'), { mode: 0o755 }))
    await unpack('swiftshader.tar.br', extract(unfinished))
    await unpack('al2023.tar.br', extract(unfinished))
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}

/** Starts it with WebGPU, which it has in software where there is no GPU. */
export function startChromium({ executable, libraries }: { executable: string; libraries?: string }): Browser {
  const path = [process.env.LD_LIBRARY_PATH, libraries].filter(Boolean).join(':')
  return startBrowser(executable, flags, libraries === undefined ? {} : { LD_LIBRARY_PATH: path })
}

// WebGPU in software is behind the first. The sandbox cannot be had in most containers, and only pages of these tests
// are opened.
const flags = [
  '--enable-unsafe-webgpu',
  '--headless',
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
]
