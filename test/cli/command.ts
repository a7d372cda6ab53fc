import { spawn } from 'node:child_process'
import { root } from '../listings.ts'

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  /** What a terminal sends to all that it runs in the foreground when Ctrl-C is pressed. */
  interrupt(): void
}

/**
 * Runs a command in a group of its own, as a terminal does; `hear` is told of each line of what it prints as it comes.
 */
export function command(
  name: string,
  args: readonly string[],
  hear: (line: string, running: Running) => void = () => {},
): Promise<Ended> {
  const child = spawn(name, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const running = { interrupt: () => process.kill(-child.pid!, 'SIGINT') }
  const said = { out: '', err: '' }
  let line = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
    const lines = `${line}${text}`.split('\n')
    line = lines.pop()!
    for (const whole of lines) hear(whole, running)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) => done({ code, ...said }))
  })
}
