import { vi } from 'vitest'

type Command = (args: readonly string[]) => Promise<void>

/** What a command prints. */
export const printed = (run: Command, ...args: readonly string[]): Promise<string> => heard(run, args, () => {})

/** The same, where each line is told of as it comes. */
export async function heard(run: Command, args: readonly string[], hear: (line: string) => void): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => {
    lines.push(`${line}`)
    hear(`${line}`)
  })
  const error = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    await run(args)
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
  return lines.join('\n')
}
