// What it takes to train the small regression, for processes that are built of it.
export { fit, openDevice } from '../../../index.ts'
export { loadCheckpoint } from '../../../runtime/node/checkpoint.ts'
export { readRun, runFolder } from '../../../runtime/node/index.ts'
export { readState } from '../../../runtime/train/state.ts'
export { points, step } from '../train/regression.ts'
