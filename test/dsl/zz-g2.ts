import { conv2d, relu } from '../../dsl/nn/index.ts'
import type { Step, Chain } from '../../dsl/nn/step.ts'
import type { Tensor } from '../../dsl/index.ts'
const c = conv2d(3, 16, 3, { padding: 'same' })
const d = conv2d(8, 4, 1)
type S1 = Step<typeof c['~in'], typeof c['~out'], 'any', 'any'>
export const s1: S1 = 1
type S2 = S1 extends Chain<infer A, infer B> ? Step<typeof relu['~in'], typeof relu['~out'], A, B> : never
export const s2: S2 = 1
type S3 = S2 extends Chain<infer A, infer B> ? Step<typeof d['~in'], typeof d['~out'], A, B> : never
export const s3: S3 = 1
type S4 = Step<Tensor<['h', 'w', 8]>, Tensor<['h', 'w', 4]>, Tensor<['h', 'w', 3]>, Tensor<['h', 'w', 16]>>
export const s4: S4 = 1
