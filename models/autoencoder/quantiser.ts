import {
  f32,
  initialised,
  type Key,
  ones,
  randint,
  type Spec,
  stopGradient,
  type Tensor,
  type Tensors,
  uniform,
  where,
} from '../../dsl/index.ts'
import { checkCount, checkDecay, checkNotNegative, optionsOf } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'

export interface VectorQuantiserOptions<K extends number, D extends number, M extends CodebookMethod> {
  /** How many there are. */
  readonly codes: K
  /** Of each code, which is that of the vectors that are quantised. */
  readonly dimension: D
  /** How codes are found. 'average' unless given. */
  readonly method?: M
  /** Of the averages of how often a code is used, and with 'average' of what it is used for. Default 0.99. */
  readonly decay?: number
  /**
   * A code that is used less than this share of the mean use is dead, and becomes a random vector of the batch. 0
   * leaves them. Default 0.05.
   */
  readonly restart?: number
}

/**
 * 'average': a code is the mean of the vectors that were nearest to it, of late ones more. 'gradient': codes are
 * parameters, and the loss draws each to its vectors.
 */
export type CodebookMethod = 'average' | 'gradient'

/** What is trained by gradient: nothing with 'average'. */
export type CodebookParams<K extends number, D extends number, M> = M extends 'gradient'
  ? { codebook: Spec<[K, D]> }
  : Record<never, never>
/** What goes from step to step beside it. */
export type CodebookState<K extends number, D extends number, M> = {
  /** How many vectors of a batch each code is nearest to, averaged. It starts at 1. */
  uses: Spec<[K]>
} & (M extends 'gradient'
  ? Record<never, never>
  : {
      /** Their sums, averaged likewise. */
      sums: Spec<[K, D]>
    })

/** What quantising m vectors gives. */
export interface Quantised<N extends number | string, D extends number> {
  /**
   * The nearest codes, [m, D], as z + (code - z). To gradients they are the vectors themselves: what is downstream
   * trains the encoder as if nothing had been rounded.
   */
  readonly z: Tensor<[N, D]>
  /** Which they are, [m]; of codes that tie, the first. */
  readonly indices: Tensor<[N], 'i32'>
  /** ||z - code||^2, whose gradient draws the vectors to their codes, [m]. */
  readonly commitment: Tensor<[N]>
  /** The same number, whose gradient draws codes to their vectors: with 'gradient' it is what trains them. */
  readonly codebook: Tensor<[N]>
  /**
   * exp of the entropy of how often each code is used in the batch: 1 where all vectors have one code, K where all are
   * used alike.
   */
  readonly perplexity: Tensor<[]>
}

/** A codebook as a value: the specs of what it keeps, and pure functions. */
export interface VectorQuantiser<K extends number, D extends number, M extends CodebookMethod = CodebookMethod> {
  readonly codes: K
  readonly dimension: D
  readonly method: M
  readonly params: CodebookParams<K, D, M>
  readonly state: CodebookState<K, D, M>
  /** The codes, [K, D]. */
  codebook(params: Tensors<CodebookParams<K, D, M>>, state: Tensors<CodebookState<K, D, M>>): Tensor<[K, D]>
  /** Rounds vectors [m, D] to their nearest codes. */
  quantise<N extends number | string>(codebook: Tensor<[K, D]>, vectors: Tensor<[N, D]>): Quantised<N, D>
  /**
   * What it keeps after a batch of vectors [m, D] with these codes; dead ones are restarted. The key says from which
   * vectors.
   */
  update<N extends number | string>(
    params: Tensors<CodebookParams<K, D, M>>,
    state: Tensors<CodebookState<K, D, M>>,
    vectors: Tensor<[N, D]>,
    indices: Tensor<[N], 'i32'>,
    key: Key,
  ): { params: Tensors<CodebookParams<K, D, M>>; state: Tensors<CodebookState<K, D, M>> }
}

/**
 * A codebook of K vectors of D dims for a VQ-VAE. With 'average', uses and sums are exponential moving averages over
 * batches,
 *   N_k <- decay N_k + (1 - decay) n_k,  m_k <- decay m_k + (1 - decay) sum of the n_k vectors nearest to k,
 * and code k is m_k over N_k, which is smoothed to (N_k + 1e-5) N / (N + K 1e-5), N the sum of all, so that it is never
 * 0. Codes start uniform on (-1 / K, 1 / K).
 *
 * Van den Oord, Vinyals and Kavukcuoglu 2017, arXiv 1711.00937, with its appendix for 'average'; dead codes are
 * restarted as in Dhariwal et al. 2020, arXiv 2005.00341.
 *
 * @throws FluxionError where an option is not one.
 */
export function vectorQuantiser<
  const K extends number,
  const D extends number,
  const M extends CodebookMethod = 'average',
>(options: VectorQuantiserOptions<K, D, M>): VectorQuantiser<K, D, M>
export function vectorQuantiser(options: VectorQuantiserOptions<number, number, CodebookMethod>): unknown {
  const op = 'vectorQuantiser'
  const {
    codes,
    dimension,
    method = 'average',
    decay = 0.99,
    restart = 0.05,
  } = optionsOf(op, options, ['codes', 'dimension', 'method', 'decay', 'restart'])
  checkCount(op, 'codes', codes)
  checkCount(op, 'dimension', dimension)
  checkDecay(op, 'decay', decay)
  checkNotNegative(op, 'restart', restart)
  if (method !== 'average' && method !== 'gradient')
    throw fail(`type error: ${op}: method is ${method}, needs 'average' or 'gradient'`)
  const start = initialised(f32(codes, dimension), (key, shape) =>
    uniform(key, shape, { min: -1 / codes, max: 1 / codes }),
  )
  const uses = initialised(f32(codes), (_key, shape) => ones(shape))
  return {
    codes,
    dimension,
    method,
    params: method === 'gradient' ? { codebook: start } : {},
    state: method === 'gradient' ? { uses } : { uses, sums: start },
    codebook: (params: Kept, state: Kept) => params.codebook ?? codesOf(state.sums!, state.uses!, codes),
    quantise: (codebook: Codes, vectors: Vectors) => quantised(codebook, vectors, codes),
    update: (params: Kept, state: Kept, vectors: Vectors, indices: Indices, key: Key) => {
      const taken = indices.oneHot(codes)
      const uses = state.uses!.lerp(taken.sum(0), 1 - decay)
      const alive = uses.greaterEqual(uses.sum().mul(restart / codes))
      const rows = vectors.size(0)
      const chosen = vectors.take(randint(key, [codes], 0, rows) as never)
      const full = uses.mul(0).add(rows / codes)
      const moved = { uses: where(alive, uses, full) }
      const kept = (x: Codes, other: Codes) => where(alive.expand(1), x, other)
      if (method === 'gradient') return { params: { codebook: kept(params.codebook!, chosen) }, state: moved }
      const sums = state.sums!.lerp(taken.transpose().matmul(vectors), 1 - decay)
      return { params: {}, state: { ...moved, sums: kept(sums, chosen.mul(rows / codes)) } }
    },
  }
}

type Codes = Tensor<['k', 'd']>
type Vectors = Tensor<['m', 'd']>
type Indices = Tensor<['m'], 'i32'>
interface Kept {
  readonly codebook?: Codes
  readonly uses?: Tensor<['k']>
  readonly sums?: Codes
}

/** The means of what codes were used for. */
function codesOf(sums: Codes, uses: Tensor<['k']>, codes: number): Codes {
  const all = uses.sum()
  const smooth = uses.add(1e-5).mul(all.div(all.add(codes * 1e-5)))
  return sums.div(smooth.expand(1))
}

function quantised(codebook: Codes, vectors: Vectors, codes: number) {
  const fixed = stopGradient(codebook)
  const now = stopGradient(vectors)
  // ||z - c||^2 without ||z||^2, which is the same for all codes.
  const distances = fixed.square().sum(1).sub(now.matmul(fixed.transpose()).mul(2))
  const indices = distances.argmin(1)
  const nearest = codebook.take(indices)
  const still = stopGradient(nearest)
  const shares = indices.oneHot(codes).mean(0)
  const entropy = shares.mul(shares.maximum(1e-30).log()).sum().neg()
  return {
    z: vectors.add(stopGradient(still.sub(now))),
    indices,
    commitment: vectors.sub(still).square().sum(1),
    codebook: nearest.sub(now).square().sum(1),
    perplexity: entropy.exp(),
  }
}
