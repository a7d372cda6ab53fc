import type { Settings } from './results.ts'
import type { ModelPlan } from './world.ts'

/**
 * What a config of `fluxion align` and `fluxion study` may say; each is an option of these commands, and has their
 * default.
 */
export interface AlignConfig extends Partial<Settings> {
  /** Names of the command's models, and models of one's own. All of the command's unless given. */
  readonly models?: readonly (string | ModelPlan)[]
  readonly quick?: boolean
  readonly seed?: number
  /** How many are trained from, beginning with `seed`. */
  readonly seeds?: number
  readonly device?: 'auto' | 'cpu' | 'webgpu'
  /** A folder. */
  readonly out?: string
}
