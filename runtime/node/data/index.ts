/** What reads files of data, in Node. */
export { loadCsv } from './csv.ts'
export { loadIdx } from './idx.ts'
export { loadMnist, type Mnist, type MnistOptions } from './mnist.ts'
export { loadNpy, loadNpz, type NpzColumn, type NpzColumns, type NpzOptions, saveNpy } from './npy.ts'
export { loadPngFolder, type PngFolder, type PngFolderOptions } from './png-folder.ts'
export { loadSafetensors, saveSafetensors } from './safetensors.ts'
export { loadWordVectors, type WordVectors, type WordVectorsOptions } from './word-vectors.ts'
