import {
  chmodSync,
  cpSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createBrotliDecompress, createGzip } from 'node:zlib'
import { extract } from 'tar-fs'

const usage = `Packs what a Linux machine with a GPU needs to be measured, and no network: Node, Dawn, a loader of Vulkan drivers, and the measurement itself.

  npm run bench:gpu -- [--to FOLDER] [--node FILE] [--loader FILE] [--software]

  --to        the folder to make; gpu-bench unless given
  --node      the node binary to pack, for Linux on x64; the one that runs this unless given
  --loader    libvulkan.so.1, a loader of Vulkan drivers; the one of @sparticuz/chromium unless given
  --software  packs SwiftShader, too, so that the folder can be tried without a GPU

There: FOLDER/run.sh`

const root = process.cwd()
const most = 64 * 2 ** 20

const { values: options } = parseArgs({
  options: {
    to: { type: 'string', default: 'gpu-bench' },
    node: { type: 'string', default: process.execPath },
    loader: { type: 'string' },
    software: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
async function pack(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  for (const part of ['app/node_modules/webgpu/dist', 'lib']) mkdirSync(join(folder, part), { recursive: true })
  await pipeline(createReadStream(options.node), createGzip({ level: 9 }), createWriteStream(join(folder, 'node.gz')))

  const dawn = join(root, 'node_modules/webgpu')
  for (const file of ['package.json', 'index.js', 'LICENSE.md', 'dist/linux-x64'])
    cpSync(join(dawn, file), join(folder, 'app/node_modules/webgpu', file), { recursive: true })

  await unpackDriver(join(folder, 'lib'))
  if (options.loader) cpSync(options.loader, join(folder, 'lib/libvulkan.so.1'))

  for (const file of ['run.sh', 'torch_steps.py']) cpSync(join(root, 'bench/gpu', file), join(folder, file))
  chmodSync(join(folder, 'run.sh'), 0o755)
  copyBuilt(join(folder, 'app'))

  const bytes = sizeOf(folder)
  console.log(
    `${folder}: ${(bytes / 2 ** 20).toFixed(1)} MiB; there: ${folder}/run.sh${options.software ? ' --software' : ''}`,
  )
  if (bytes > most) throw new Error(`the folder is to stay below ${most / 2 ** 20} MiB`)
}

/** The loader of Vulkan drivers that comes with SwiftShader; and that driver itself where it is wanted. */
async function unpackDriver(folder: string): Promise<void> {
  const archive = join(
    dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../../bin/swiftshader.tar.br',
  )
  const wanted = ['libvulkan.so.1', ...(options.software ? ['libvk_swiftshader.so', 'vk_swiftshader_icd.json'] : [])]
  const unpacked = extract(folder, { ignore: (name) => !wanted.some((file) => name.endsWith(file)) })
  await pipeline(createReadStream(archive), createBrotliDecompress(), unpacked)
}

/** All that is built, as it stands around this file. */
function copyBuilt(folder: string): void {
  const built = resolve(import.meta.dirname, '../..')
  const isWanted = (path: string) => path.endsWith('.js') || statSync(path).isDirectory()
  cpSync(built, join(folder, 'dist'), { recursive: true, filter: isWanted })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
}

const sizeOf = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : statSync(path).size

if (options.help) console.log(usage)
else await pack(resolve(options.to))
