import { describe, expect, test } from 'vitest'
import { productTiles } from '../../../../compiler/schedule/product-tiles.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import type { AnyProgram } from '../../../../dsl/index.ts'
import { f32, program, type Tensor } from '../../../../dsl/index.ts'
import { baseline } from '../../../../runtime/capabilities.ts'
import { compileProgram } from '../../fuse/compile-program.ts'

// WGSL has every index into an array of the workgroup checked. What threads read again and again lies in planes, so
// that they name a plane by a constant, whose bounds are known, and have one check for all planes at a place of them.

const square = f32(128, 128)
type Square = Tensor<[128, 128]>
const products: readonly (readonly [string, (a: Square, b: Square) => Square])[] = [
  ['A B', (a, b) => a.matmul(b)],
  ['A^T B', (a, b) => a.transpose().matmul(b)],
  ['A B^T', (a, b) => a.matmul(b.transpose())],
  ['A^T B^T', (a, b) => a.transpose().matmul(b.transpose())],
]
const capabilities = { ...baseline, workgroupBytes: 32_768 }

describe.each(productTiles)('tiles of $rows x $columns x $depth, $threadRows x $threadColumns', (tile) => {
  test.each(products)('%s', (_, of) => {
    const product = program({ a: square, b: square }, ({ a, b }) => of(a, b)) as unknown as AnyProgram
    const { plan } = compileProgram(product, {}, 'wgsl', capabilities, { tuned: { products: { '128x128x128': tile } } })
    const [shader] = printWgsl(plan, capabilities).shaders
    const reads = [...shader!.source.matchAll(/let \w+ = shared_vec4f\[(.*?)\]\[(.*?)\];/g)]
    expect(reads.length).toBeGreaterThanOrEqual(tile.threadRows)
    expect(reads.filter(([, plane]) => !/^\d+$/.test(plane!))).toEqual([])
    const places = new Set(reads.map(([, , place]) => place))
    expect(places.size).toBeLessThan(reads.length)
  })
})
