import { Mistake } from './mistake.ts'
import { type Token, tokenFrom } from './tokens.ts'

/** Where the reading of a source has come to. */
export class Cursor {
  readonly source: string
  /** The token that comes next. */
  token: Token
  /** Where the last one ended that was read. */
  end = 0

  constructor(source: string) {
    this.source = source
    this.token = tokenFrom(source, 0)
  }

  /** The token, which is then read. */
  take(): Token {
    const { token } = this
    this.end = token.end
    this.token = tokenFrom(this.source, token.end)
    return token
  }

  /** Whether a mark or a word comes next. */
  is(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'mark' || this.token.kind === 'name')
  }

  /** Reads it where it comes next, and says whether it did. */
  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.take()
    return true
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(text)
  }

  takeName(): Token {
    if (this.token.kind !== 'name') throw this.unexpected('a name')
    return this.take()
  }

  /** The token after the one that comes next. */
  following(): Token {
    return tokenFrom(this.source, this.token.end)
  }

  unexpected(needed: string): Mistake {
    return new Mistake(`${this.token.text} stands where ${needed} is needed`, this.token.at)
  }
}
