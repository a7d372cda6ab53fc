import { type MixtureTarget, planarSets } from '../../models/index.ts'
import { oneOf } from '../options.ts'

export type TargetName = keyof typeof planarSets

export const targetOption = oneOf('what is to be learned', Object.keys(planarSets) as TargetName[], 'fiveGaussians')

export const targetNamed = (name: TargetName): MixtureTarget => planarSets[name]()
