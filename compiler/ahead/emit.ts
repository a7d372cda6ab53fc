import type { Target } from '../plan/plan.ts'
import { declarations } from './declarations.ts'
import { mainModule } from './main-module.ts'
import { type AheadModule, type TextFile, targetFile } from './module.ts'
import { targetModule } from './target-module.ts'

/**
 * All files of a module, those that others import first. The same module gives the same text.
 *
 * `pathOf` gives the path of a source from where the files will lie.
 */
export const emit = (
  module: AheadModule,
  targets: readonly Target[],
  pathOf: (file: string) => string,
): readonly TextFile[] => [
  ...targets.flatMap((target) => filesFor(module, target, pathOf)),
  { name: `${module.name}.js`, text: mainModule(module, targets, (target) => `./${targetFile(module.name, target)}`) },
  { name: `${module.name}.d.ts`, text: declarations(module) },
]

function filesFor(module: AheadModule, target: Target, pathOf: (file: string) => string): readonly TextFile[] {
  const { code, map } = targetModule(module, target, pathOf)
  const name = targetFile(module.name, target)
  if (map === undefined) return [{ name, text: code }]
  const mapName = `${name}.map`
  return [
    { name: mapName, text: map },
    { name, text: `${code}//# sourceMappingURL=${encodeURIComponent(mapName)}\n` },
  ]
}
