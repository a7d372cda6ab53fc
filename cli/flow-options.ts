import { positive, whole } from './options.ts'

/** The network of a flow prior, and how it is trained. */
export const flowOptions = {
  width: whole('of the hidden layers', 128),
  blocks: whole('residual blocks', 3, 0),
  'time-scale': positive('times are multiplied by it before they are embedded', 10),
  'learning-rate': positive(
    "Adam's at its peak: it rises in a tenth of the steps, and falls to 0 along a cosine",
    2e-3,
  ),
  averaging: positive('the decay of the averaged parameters', 0.99, 1),
}
