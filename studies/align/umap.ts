import { setImmediate } from 'node:timers/promises'
import { hostRandom, pcaProjection, project } from '../../models/index.ts'
import { installed } from '../../runtime/data/installed.ts'

interface UmapOptions {
  readonly seed: number
  /** 200 unless given. */
  readonly epochs?: number
  /** Of each row, where there are more rows than that: 15 unless given. */
  readonly neighbours?: number
  readonly signal?: AbortSignal
}

/** Needs the package `umap-js`. */
export const loadUmap = () => installed('umap-js', import('umap-js'))

/**
 * Rows [n, d] in the plane by UMAP, [n, 2]; the same for the same seed. Others have their turn between its epochs.
 *
 * It starts from the plane of the two principal directions rather than from random points: so where clusters stand to
 * each other means something (Kobak and Linderman 2021), and less is left to chance.
 */
export async function umapOf(
  rows: Float32Array,
  dimension: number,
  { seed, epochs = 200, neighbours = 15, signal }: UmapOptions,
): Promise<Float32Array> {
  const { UMAP } = await loadUmap()
  const random = hostRandom(seed)
  const n = rows.length / dimension
  const umap = new UMAP({
    nEpochs: epochs,
    nNeighbors: Math.min(neighbours, n - 1),
    random: () => random.uniform(),
  })
  umap.initializeFit(Array.from({ length: n }, (_, i) => [...rows.subarray(i * dimension, (i + 1) * dimension)]))
  const start = project(pcaProjection({ data: rows, dimension }, 2, { normalisation: 'none' }), rows)
  const most = start.reduce((size, value) => Math.max(size, Math.abs(value)), Number.MIN_VALUE)
  // The points that it moves are those that it tells of.
  umap.getEmbedding().forEach((point, i) => {
    for (const axis of [0, 1]) point[axis] = (reach * start[2 * i + axis]!) / most
  })
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    umap.step()
    await setImmediate()
    signal?.throwIfAborted()
  }
  return Float32Array.from(umap.getEmbedding().flat())
}

/** How far out points are at first. */
const reach = 10
