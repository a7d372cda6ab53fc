/** Data in the host's memory: datasets, and what files hold. */
export { DataError } from './data-error.ts'
export {
  type Column,
  type ColumnDType,
  type Columns,
  checkIndices,
  type Dataset,
  dataset,
  type Rows,
  subset,
} from './dataset.ts'
export { asF32, asI32, asU32, type ElementsOf, type FileDType, type HostTensor, sizeOf } from './host-tensor.ts'
