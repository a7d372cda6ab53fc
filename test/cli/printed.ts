import { vi } from 'vitest'

/** What a command prints. */
export async function printed(
  run: (args: readonly string[]) => Promise<void>,
  ...args: readonly string[]
): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => lines.push(`${line}`))
  const error = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    await run(args)
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
  return lines.join('\n')
}
