// expects: FX9005 at 5 of helpers/circle.ts
import { f32, program } from 'fluxion'
import { doubled } from './helpers/circle.ts'

export const width = 3
export const twice = program({ x: f32(width) }, ({ x }) => doubled({ x }))
