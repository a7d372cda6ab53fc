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

/**
 * What is said where a run goes on to another number of steps than it was begun for, of which its learning rates are
 * made; nothing where they stay.
 */
export const otherSteps = (
  folder: string,
  before: { readonly step: number; readonly steps: number },
  steps: number,
): readonly string[] =>
  before.step === 0 || before.steps === steps
    ? []
    : [
        `the run in ${folder} was to have ${before.steps} steps: its learning rate, which was to fall to 0 there, now does so at step ${steps}, and is another from step ${before.step} on`,
      ]
