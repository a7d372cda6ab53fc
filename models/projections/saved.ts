import type { HostTensor } from '../../runtime/data/host-tensor.ts'
import { type NormalisationKind, normalisationKinds } from './normalisation.ts'
import type { Projection, ProjectionKind } from './projection.ts'

/** A projection as files have it. */
export interface SavedProjection {
  /**
   * All of it, by name: 'projection.weights' and so on. Fits `saveSafetensors`, and as a record (`Object.fromEntries`)
   * `extra` of `runFolder`, beside other tensors.
   */
  readonly tensors: ReadonlyMap<string, HostTensor>
  /** What it is in words, for who lists the file. Nothing is read from it. */
  readonly metadata: { readonly [key: string]: string }
}

export interface SavedOptions {
  /** Comes before the names of its tensors. Default 'projection'. */
  readonly prefix?: string
}

/** What is not numbers of its own: JSON in bytes of a tensor, since a checkpoint carries tensors alone. */
interface About {
  readonly version: 1
  readonly kind: ProjectionKind
  readonly normalisation: NormalisationKind
  readonly seed?: number
}

const kinds: readonly ProjectionKind[] = [
  'gaussian',
  'orthogonal',
  'hadamard',
  'pca',
  'whitening',
  'average',
  'learned',
]

/**
 * The tensors of a projection for `saveSafetensors(path, tensors, metadata)`. Bit for bit what `projectionFromTensors`
 * reads; they share its memory.
 */
export function projectionToTensors(
  projection: Projection,
  { prefix = 'projection' }: SavedOptions = {},
): SavedProjection {
  const { kind, featureDim, latentDim, seed, normalisation, weights, scale, shift, explained } = projection
  const about: About = { version: 1, kind, normalisation: normalisation.kind, ...(seed !== undefined && { seed }) }
  const bytes = new TextEncoder().encode(JSON.stringify(about))
  const f32 = (data: Float32Array, ...shape: readonly number[]): HostTensor => ({ dtype: 'f32', shape, data })
  const parts: { readonly [name: string]: HostTensor } = {
    about: { dtype: 'u8', shape: [bytes.length], data: bytes },
    mean: f32(normalisation.mean, featureDim),
    std: f32(normalisation.std, featureDim),
    weights: f32(weights, featureDim, latentDim),
    scale: f32(Float32Array.of(scale)),
    shift: f32(shift, latentDim),
    ...(explained && { explained: { dtype: 'f64', shape: [latentDim], data: explained } }),
  }
  return {
    tensors: new Map(Object.entries(parts).map(([name, tensor]) => [`${prefix}.${name}`, tensor])),
    metadata: { [prefix]: `${kind} projection of ${featureDim} features to ${latentDim} latent dimensions` },
  }
}

/**
 * The projection that was saved: `projectionFromTensors((await loadSafetensors(path)).tensors())`, or of `extra` of a
 * checkpoint. Other tensors are left out.
 *
 * @throws Error that says what was expected and found, where a tensor is missing, has another shape or type, or numbers
 * that no projection has.
 */
export function projectionFromTensors(
  tensors: ReadonlyMap<string, HostTensor>,
  { prefix = 'projection' }: SavedOptions = {},
): Projection {
  const fail = (problem: string): never => {
    throw new Error(`projectionFromTensors: ${problem}`)
  }
  const part = (name: string, dtype: HostTensor['dtype'], shape: readonly (number | undefined)[]): HostTensor => {
    const named = `${prefix}.${name}`
    const found = tensors.get(named)
    const needs = `${dtype} [${shape.map((size) => size ?? 'any').join(', ')}]`
    if (!found) {
      const there = [...tensors.keys()].slice(0, 8).join(', ') || 'none'
      return fail(`expected a tensor ${named} of ${needs}; there are ${there}: say the prefix it was saved with`)
    }
    const fits =
      found.shape.length === shape.length && shape.every((size, i) => (size ?? found.shape[i]) === found.shape[i])
    const count = found.shape.reduce((product, size) => product * size, 1)
    if (found.dtype !== dtype || !fits || found.data.length !== count)
      fail(
        `expected ${named} to be ${needs}; found ${found.dtype} [${found.shape.join(', ')}] of ${found.data.length} elements`,
      )
    return found
  }
  const floats = (name: string, ...shape: readonly (number | undefined)[]): Float32Array => {
    const data = part(name, 'f32', shape).data as Float32Array
    const wrong = data.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0) fail(`expected finite numbers in ${prefix}.${name}; element ${wrong} is ${data[wrong]}`)
    return data
  }
  const about = aboutIn(part('about', 'u8', [undefined]).data as Uint8Array, `${prefix}.about`, fail)
  const [featureDim, latentDim] = part('weights', 'f32', [undefined, undefined]).shape as [number, number]
  if (featureDim < 1 || latentDim < 1)
    fail(`expected ${prefix}.weights to have rows and columns; found [${featureDim}, ${latentDim}]`)
  const std = floats('std', featureDim)
  const low = std.findIndex((value) => !(value > 0))
  if (low >= 0) fail(`expected ${prefix}.std to be positive; element ${low} is ${std[low]}`)
  const scale = floats('scale')[0]!
  if (!(scale > 0)) fail(`expected ${prefix}.scale to be positive; found ${scale}`)
  const explained = tensors.has(`${prefix}.explained`)
    ? (part('explained', 'f64', [latentDim]).data as Float64Array)
    : undefined
  const odd = explained?.findIndex((share) => !(share >= 0 && share <= 1 + 1e-9)) ?? -1
  if (odd >= 0) fail(`expected ${prefix}.explained to be shares from 0 to 1; element ${odd} is ${explained![odd]}`)
  return {
    kind: about.kind,
    featureDim,
    latentDim,
    ...(about.seed !== undefined && { seed: about.seed }),
    normalisation: { kind: about.normalisation, mean: floats('mean', featureDim), std },
    weights: floats('weights', featureDim, latentDim),
    scale,
    shift: floats('shift', latentDim),
    ...(explained && { explained }),
  }
}

function aboutIn(bytes: Uint8Array, name: string, fail: (problem: string) => never): About {
  const parsed = ((): { readonly [K in keyof About]?: unknown } => {
    try {
      const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
      return typeof value === 'object' && value !== null
        ? value
        : fail(`expected ${name} to be a JSON object; found ${value}`)
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError)
        return fail(`expected ${name} to be JSON; found: ${error.message}`)
      throw error
    }
  })()
  const { version, kind, normalisation, seed } = parsed
  if (version !== 1)
    fail(`expected ${name} of version 1; found ${JSON.stringify(version)}: it was saved by another release`)
  if (!kinds.includes(kind as ProjectionKind))
    fail(`expected the kind in ${name} to be one of ${kinds.join(', ')}; found ${JSON.stringify(kind)}`)
  if (!normalisationKinds.includes(normalisation as NormalisationKind))
    fail(
      `expected the normalisation in ${name} to be one of ${normalisationKinds.join(', ')}; found ${JSON.stringify(normalisation)}`,
    )
  if (seed !== undefined && !Number.isSafeInteger(seed))
    fail(`expected the seed in ${name} to be a whole number; found ${JSON.stringify(seed)}`)
  return parsed as About
}
