import { escaped } from '../../compiler/explain/html/escape.ts'
import { installed } from '../../runtime/data/installed.ts'
import type { ModelResults, Results } from '../align/results.ts'
import { fixed } from './numbers.ts'

type Images = ModelResults['images']
type Rows = readonly (readonly number[])[]
/** An image element of images in rows of so many. */
type Sheet = (images: Rows, size: Pick<Images, 'height' | 'width'>, columns: number, alt: string) => string

/** Needs the package `fast-png`. */
export async function openSheets(): Promise<Sheet> {
  const { encode } = await installed('fast-png', import('fast-png'))
  return (images, { height, width }, columns, alt) => {
    if (images.length === 0) return '<p class="note">There are none.</p>'
    const across = columns * (width + gap) - gap
    const down = Math.ceil(images.length / columns) * (height + gap) - gap
    const data = new Uint8Array(across * down)
    images.forEach((image, i) => {
      const left = (i % columns) * (width + gap)
      const top = Math.floor(i / columns) * (height + gap)
      for (let y = 0; y < height; y++) data.set(image.slice(y * width, (y + 1) * width), (top + y) * across + left)
    })
    const png = Buffer.from(encode({ width: across, height: down, data, channels: 1, depth: 8 })).toString('base64')
    return `<img src="data:image/png;base64,${png}" width="${across}" height="${down}" alt="${escaped(alt)}">`
  }
}
const gap = 2

/** What each generator draws. */
export const samplesOf = ({ models }: Results, sheet: Sheet): string =>
  `<div class="grid">${models
    .map(({ title, images, generated: { frechet } }) => {
      const columns = Math.min(8, Math.max(1, images.samples.length))
      const alt = `${images.samples.length} digits that the generator of ${title} draws`
      return `<figure><figcaption><b>${escaped(title)}</b>, Fréchet distance ${fixed(frechet.value, 2)}</figcaption>${sheet(images.samples, images, columns, alt)}</figure>`
    })
    .join('\n')}</div>`

/** Originals, and what each model makes of them, one below the other. */
export function reconstructionsOf({ models }: Results, sheet: Sheet): string {
  const shared = models.every(({ images }) => `${images.originals}` === `${models[0]!.images.originals}`)
  const rows = models.flatMap(({ title, images }, i) => [
    ...(i === 0 || !shared
      ? [
          {
            head: shared ? 'originals' : `originals, ${title}`,
            images,
            of: images.originals,
            alt: 'digits that were held out',
          },
        ]
      : []),
    { head: title, images, of: images.reconstructions, alt: `the same digits as ${title} reconstructs them` },
  ])
  const longest = Math.max(...rows.map(({ of }) => of.length))
  const columns = Math.min(16, Math.max(1, longest))
  return Array.from({ length: Math.ceil(longest / columns) }, (_, block) => {
    const strips = rows.map(({ head, images, of, alt }) => {
      const part = of.slice(block * columns, (block + 1) * columns)
      return `<p>${escaped(head)}</p>${sheet(part, images, columns, alt)}`
    })
    return `<div class="strips">\n${strips.join('\n')}\n</div>`
  }).join('\n')
}
