import { join } from 'node:path'
import { messageOf } from '../message-of.ts'
import { loadCheckpoint, type SavedCheckpoint } from './checkpoint.ts'
import { checkpointFile, checkpointsOf } from './run-files.ts'

/**
 * The latest checkpoint of a run that is whole, where there is any at all; of those after it, which are not, it is told
 * why.
 *
 * Rejects with an Error where there are some and none is whole, which ends with `advice`.
 */
export async function lastGood(
  folder: string,
  tell: (message: string) => void,
  advice = 'remove them to begin anew',
): Promise<{ readonly path: string; readonly checkpoint: SavedCheckpoint } | undefined> {
  const refused: string[] = []
  for (const step of [...(await checkpointsOf(folder))].reverse()) {
    const path = checkpointFile(folder, step)
    try {
      const checkpoint = await loadCheckpoint(path)
      if (refused.length > 0) tell(`${refused.join('\n')}\nthe one before it is good: ${path}`)
      return { path, checkpoint }
    } catch (error) {
      refused.push(messageOf(error))
    }
  }
  if (refused.length > 0)
    throw new Error(`no checkpoint in ${join(folder, 'checkpoints')} can be used:\n${refused.join('\n')}\n${advice}`)
  return undefined
}
