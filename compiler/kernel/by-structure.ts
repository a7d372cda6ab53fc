import type { Expr } from './expr.ts'

/**
 * What is known of expressions, by what they are: the operation, and the very objects that it is applied to. A hash
 * table of its own, since texts as keys of a `Map` took longer to write than all else that is done with expressions.
 */
export class ByStructure {
  /**
   * Open addressing: an entry lies at the first place from its hash on that was free. At least every second place is
   * empty.
   */
  #keys: (Expr | undefined)[] = new Array(1024)
  #values: (Expr | undefined)[] = new Array(1024)
  #hashes = new Int32Array(1024)
  #size = 0

  /**
   * What is known of a key; where nothing is, what is made, which is known from then on. The parts of a key are
   * numbered.
   */
  of(key: Expr, make: () => Expr): Expr {
    const hash = hashOf(key)
    const known = this.#values[this.#place(key, hash)]
    if (known) return known
    const value = make()
    if (2 * ++this.#size > this.#keys.length) this.#grow()
    this.#put(key, value, hash)
    return value
  }

  /** Where an equal key lies, or is to lie. */
  #place(key: Expr, hash: number): number {
    const last = this.#keys.length - 1
    let place = hash & last
    for (let at = this.#keys[place]; at !== undefined; at = this.#keys[place]) {
      if (this.#hashes[place] === hash && isAlike(at, key)) break
      place = (place + 1) & last
    }
    return place
  }

  #put(key: Expr, value: Expr, hash: number): void {
    const place = this.#place(key, hash)
    this.#keys[place] = key
    this.#values[place] = value
    this.#hashes[place] = hash
  }

  #grow(): void {
    const [keys, values, hashes] = [this.#keys, this.#values, this.#hashes]
    this.#keys = new Array(4 * keys.length)
    this.#values = new Array(4 * keys.length)
    this.#hashes = new Int32Array(4 * keys.length)
    for (let i = 0; i < keys.length; i++) if (keys[i]) this.#put(keys[i]!, values[i]!, hashes[i]!)
  }
}

function hashOf(expr: Expr): number {
  switch (expr.kind) {
    case 'constant':
    case 'variable':
      return mixed(expr.id!, 0)
    case 'load':
      return mixed(expr.slot, expr.index.id!)
    case 'fetch':
      return mixed(expr.shared, expr.index.id!)
    case 'apply':
    case 'call':
      return hashOfAll(expr.args, hashOfText(expr.kind === 'apply' ? expr.op : expr.name))
    case 'reduce':
      return hashOfAll(expr.over, expr.body.id!)
  }
}

function hashOfAll(parts: readonly Expr[], start: number): number {
  let hash = start
  for (const part of parts) hash = mixed(hash, part.id!)
  return hash
}

const mixed = (hash: number, more: number): number => {
  const product = Math.imul(hash ^ Math.imul(more, 0x85eb_ca6b), 0x9e37_79b1)
  return product ^ (product >>> 15)
}

/** Operations differ in these two letters, or in their length, often enough. */
const hashOfText = (text: string): number => 961 * text.charCodeAt(0) + 31 * text.charCodeAt(1) + text.length

/** Whether two are the same operation on the same objects. */
function isAlike(a: Expr, b: Expr): boolean {
  if (a === b) return true
  if (a.dtype !== b.dtype || a.lanes !== b.lanes) return false
  switch (a.kind) {
    case 'constant':
    case 'variable':
      return false
    case 'load':
      return b.kind === 'load' && a.slot === b.slot && a.index === b.index
    case 'fetch':
      return b.kind === 'fetch' && a.shared === b.shared && a.index === b.index && a.after === b.after
    case 'apply':
      return b.kind === 'apply' && a.op === b.op && areSame(a.args, b.args)
    case 'call':
      return b.kind === 'call' && a.name === b.name && a.result === b.result && areSame(a.args, b.args)
    case 'reduce':
      return b.kind === 'reduce' && a.op === b.op && a.body === b.body && areSame(a.over, b.over)
  }
}

function areSame(a: readonly Expr[], b: readonly Expr[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
