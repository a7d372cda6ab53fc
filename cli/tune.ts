import { textOf } from '../compiler/tuning/search.ts'
import { type AnyProgram, type Device, openDevice, type Sizes, type Tuning, type TuningTrial, tune } from '../index.ts'
import { nodeGpu, writeAtomically } from '../runtime/node/index.ts'
import { table } from '../studies/table.ts'
import { bySizeOption, chosen, programPlaces, programsFor, sizesOption } from './explain/chosen.ts'
import { describeOptions, readArguments, text, whole } from './options.ts'
import { readTuned } from './tuned-file.ts'
import { checkWritten } from './written-file.ts'

const options = {
  size: sizesOption,
  out: text('FILE.json', 'writes what was found, or adds it to what the file has; it is for this GPU alone'),
  runs: whole('how often the program runs in each trial', 10),
}

const usage = `Measures on this machine's GPU how the kernels of a program are best made there: the tile of each of its products, and whether values for pairs of rows are stored.

${programsFor('tune')}

${describeOptions(options)}

A program takes what was found from the device that it is compiled for: openDevice('webgpu', { gpu, tuned }), where tuned is what the file has. Commands that compute take the file with --tuned.

  fluxion tune prior --size width=1024,blocks=6 --out tuned.json
  fluxion prior features.npy --width 1024 --blocks 6 --tuned tuned.json
  fluxion tune ./model.ts step --size n=256 --out tuned.json`

export async function run(args: readonly string[]): Promise<void> {
  const read = args.length === 0 ? undefined : readArguments(args, programPlaces, options)
  if (!read) {
    console.log(usage)
    return
  }
  const { places, given } = read
  if (given.out !== undefined) await checkWritten('out', given.out, places.slice(0, 1))
  const { program, dims } = await chosen(places[0]!, places[1], given.size)
  const device = await openDevice('webgpu', await nodeGpu())
  try {
    await tuneOn(device, program, dims, given)
  } finally {
    device.dispose()
  }
}

/** Tunes a program on a device, says what was found, and adds it to a file. */
export async function tuneOn(
  device: Device,
  program: AnyProgram,
  dims: Sizes,
  { runs, out }: { readonly runs: number; readonly out: string | undefined },
): Promise<void> {
  const known = out === undefined ? {} : await readTuned(out, device.name)
  const onTrial = ({ about, milliseconds }: TuningTrial) => console.log(`${milliseconds.toFixed(3)} ms  ${about}`)
  const found = await bySizeOption(() => tune(program as never, device, dims as never, { runs, tuned: known, onTrial }))
  console.log(`\n${described(found)}`)
  if (out === undefined) return
  await writeAtomically(out, `${JSON.stringify(found.tuned, undefined, 2)}\n`)
  console.log(`\nwrote ${out}`)
}

function described({ milliseconds: { before, after }, products }: Tuning): string {
  const took = (milliseconds: number) => `${milliseconds.toFixed(3)} ms`
  const rows = products.map(({ product, tile, before, after }) => [
    product,
    took(before),
    took(after),
    tile ? textOf(tile) : 'as before',
  ])
  const columns = ['product', 'before', 'after', 'tile'].map((head) => ({ head }))
  const gain = after < before ? `${(before / after).toFixed(2)} times as fast` : 'nothing was faster'
  return [
    ...(rows.length > 0 ? [table(columns, rows), ''] : []),
    `${took(before)} in its kernels before, ${took(after)} after: ${gain}`,
  ].join('\n')
}
