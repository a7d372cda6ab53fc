/** Data in the host's memory: datasets, and what files hold. */
export { type ColumnOptions, columnOf, type StoredColumn } from './column.ts'
export { type CsvColumn, type CsvColumns, type CsvOptions, parseCsv } from './csv.ts'
export { DataError } from './data-error.ts'
export {
  type Column,
  type ColumnDType,
  type Columns,
  checkIndices,
  type Dataset,
  dataset,
  type Given,
  type Rows,
  subset,
} from './dataset.ts'
export { asF32, asI32, asU32, type ElementsOf, type FileDType, type HostTensor, sizeOf } from './host-tensor.ts'
export { type IdxDType, parseIdx } from './idx.ts'
export { type MeanAndStd, type MeanAndStdOptions, meanAndStd } from './mean-and-std.ts'
export { type NpyDType, parseNpy, serializeNpy } from './npy.ts'
export { type NpzTensors, parseNpz } from './npz.ts'
export { parsePng } from './png.ts'
export { parseSafetensors, type SafetensorsFile, type SafetensorsType, serializeSafetensors } from './safetensors.ts'
export { selectColumns } from './select-columns.ts'
export { type SplitFraction, type SplitSizes, splitDataset } from './split.ts'
