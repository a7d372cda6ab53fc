import type { Assertion } from 'vitest'

// No matcher looks at the type of what it is given. Without this each type that a test expects something of, every
// closure among them, would make a type of 150 matchers.
declare module 'vitest' {
  interface ExpectStatic {
    // biome-ignore lint/style/useShorthandFunctionType: only an interface can be added to
    (actual: unknown, message?: string): Assertion<unknown>
  }
}
