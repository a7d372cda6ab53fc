import { described } from '../../../dsl/error.ts'
import { isRecord } from '../../../dsl/given.ts'
import type { AnyTensor, Dim, DType, Tensor } from '../../../dsl/index.ts'
import { type EmbeddingParams, embedding, initialisers, type LinearParams, linear } from '../../../dsl/nn/index.ts'
import { checkCount } from '../../../dsl/option.ts'
import { fail } from '../../../dsl/trace/trace.ts'
import type { Rows } from './velocity-field.ts'

/**
 * What a field is told beside x and t, one for each row: vectors of so many features, where zeros stand for one that is
 * dropped, or labels 0 .. classes - 1, where -1 does. Dropping conditions while training is what guidance without a
 * classifier needs (Ho and Salimans 2022, arXiv 2207.12598).
 */
export type Conditioning = { readonly features: number } | { readonly classes: number }

/** The tensor that says so of N rows. */
export type Condition<C, N extends Dim> = C extends { readonly features: infer F extends number }
  ? Tensor<[N, F]>
  : C extends { readonly classes: number }
    ? Tensor<[N], 'i32'>
    : undefined

/** Its parameters, beside those of the field: a linear layer from the features, or a table of the classes. */
export type ConditionParams<C, W extends number> = C extends { readonly features: infer F extends number }
  ? { cond_embed: LinearParams<F, W> }
  : C extends { readonly classes: infer K extends number }
    ? { cond_embed: EmbeddingParams<K, W> }
    : unknown

/** The dims after N. */
export const conditionShape = (told: Conditioning): { readonly shape: readonly number[]; readonly dtype: DType } =>
  'features' in told ? { shape: [told.features], dtype: 'f32' } : { shape: [], dtype: 'i32' }

/** What is added to the embedding of time, [n, width]. */
interface ConditionEmbedding {
  readonly params: { readonly cond_embed?: object }
  readonly add: (given: { readonly cond_embed?: unknown }, time: Rows, condition: AnyTensor | undefined) => Rows
}

/** The embedding of conditions. The linear layer starts as Xavier-uniform and bias 0, the table normal of std 0.02. */
export function conditionEmbedding(op: string, width: number, told: Conditioning | undefined): ConditionEmbedding {
  if (told === undefined) return { params: {}, add: (_, time) => time }
  checkConditioning(op, told)
  if ('features' in told) {
    const layer = linear(told.features, width, { initialiser: initialisers.glorotUniform() })
    return {
      params: { cond_embed: layer.params },
      add: ({ cond_embed }, time, condition) => {
        const own = cond_embed as { weight: Tensor<[number, number]>; bias: Tensor<[number]> }
        // Zeros through the layer leave its bias.
        return time.add(condition === undefined ? own.bias : layer.apply(own, condition as Rows))
      },
    }
  }
  const table = embedding(told.classes, width, { initialiser: initialisers.normal(0.02) })
  return {
    params: { cond_embed: table.params },
    add: ({ cond_embed }, time, condition) =>
      condition === undefined ? time : time.add(table.apply(cond_embed, condition as Tensor<['n'], 'i32'>)),
  }
}

function checkConditioning(op: string, told: unknown): asserts told is Conditioning {
  const names = isRecord(told) ? Object.keys(told) : []
  if (names.length !== 1 || !['features', 'classes'].includes(names[0]!))
    throw fail(`type error: ${op}: condition is ${described(told)}, needs { features: 5 } or { classes: 10 }`)
  checkCount(op, `condition.${names[0]}`, Object.values(told as object)[0])
}
