import { workOf } from '../../kernel/work.ts'
import type { Dispatch, Place, Plan, PlanLoop } from '../../plan/plan.ts'
import { FunctionBody, type Module } from './assembler.ts'
import { type Shares, sharesOf } from './shares.ts'

/** The parts of a plan that say what runs when. */
export type Walked = Pick<Plan, 'kernels' | 'dispatches' | 'loops' | 'regions'>

/**
 * Words of memory by which the threads of a run find out what to do, in bytes from 0 on, each in a cache line of its
 * own: the number of the next share to be taken, how many shares are done, how many threads sleep until more are, how
 * many have come to where all have to meet, and how often all have met.
 */
const words = { ticket: 0, done: 64, sleepers: 128, met: 192, meetings: 256 } as const

/** About 10 us of looking before a thread lets the system wake it. */
const looks = 5000

/** Bits of what a thread is told. */
const flags = { leads: 1, timed: 2 } as const

/**
 * Defines and exports `run(scratch, threads, flags)`, which each thread calls, with scratch memory of its own, to run
 * all dispatches. The shares of all of them are numbered in order. A thread takes the next number, waits until the
 * shares of all dispatches before that one's are done, and computes it; so threads come and go as they like, and none
 * waits for one that is late. Only at the test of a loop do all of them meet.
 *
 * @returns whether there is work for several threads at once.
 */
export function printWalk(
  module: Module,
  { kernels, dispatches, loops = [] }: Walked,
  nests: readonly (readonly number[])[],
  imported: { readonly regions: readonly number[]; readonly clock: number },
  least: number,
): boolean {
  const wait = printWait(module)
  const next = printNext(module)
  const meet = printMeet(module)
  const shares = kernels.map((kernel) =>
    kernel.nests.map((nest) =>
      sharesOf(
        nest.grid.reduce((product, { extent }) => product * extent, 1),
        workOf(nest),
        least,
      ),
    ),
  )

  const [scratch, threads, told] = [0, 1, 2]
  const body = new FunctionBody(['i32', 'i32', 'i32'])
  const [ticket, base, begin, word] = [body.take('i32'), body.take('i32'), body.take('i32'), body.take('i32')]
  const open: { readonly loop: PlanLoop; readonly turn: number }[] = []

  const waitForAllBefore = () => {
    body.get(base)
    body.call(wait)
  }
  const address = ({ region, offset, advance = [] }: Place) => {
    body.global(imported.regions[region]!)
    if (offset !== 0) {
      body.i32(4 * offset)
      body.op('i32.add')
    }
    for (const [depth, by] of advance.entries()) {
      if (by === 0) continue
      body.get(open[depth]!.turn)
      body.i32(4 * by)
      body.op('i32.mul')
      body.op('i32.add')
    }
  }
  const meetAll = () => {
    body.get(threads)
    body.call(meet)
  }
  /** All see the same word, which none of them overwrites before all have seen it. */
  const test = (place: Place) => {
    waitForAllBefore()
    meetAll()
    address(place)
    body.memory('i32.load', 0)
    body.set(word)
    meetAll()
    body.get(word)
    body.op('i32.eqz')
    body.brIf(1)
  }
  const enter = (at: number) => {
    for (const { loop } of open) if (loop.test?.at === at) test(loop.test.place)
    for (const loop of loops) {
      if (loop.from !== at) continue
      const turn = body.take('i32')
      body.i32(0)
      body.set(turn)
      body.block()
      body.loop()
      open.push({ loop, turn })
      if (loop.test?.at === at) test(loop.test.place)
    }
  }
  const leave = (at: number) => {
    while (open.at(-1)?.loop.to === at) {
      const { loop, turn } = open.at(-1)!
      if (loop.test?.at === at) test(loop.test.place)
      plus(body, turn, 1)
      body.set(turn)
      if (loop.times > 0) {
        body.get(turn)
        body.i32(loop.times)
        body.op('i32.lt_u')
        body.brIf(0)
      } else body.br(0)
      body.end()
      body.end()
      body.release(turn)
      open.pop()
    }
  }

  const call = (kernel: number, nest: number, { points, size, count }: Shares, places: Dispatch['places']) => {
    body.get(begin)
    body.i32(size)
    body.op('i32.mul')
    body.tee(begin)
    plus(body, begin, size)
    if (size * count !== points) {
      body.tee(word)
      body.i32(points)
      body.get(word)
      body.i32(points)
      body.op('i32.lt_u')
      body.op('select')
    }
    body.get(scratch)
    for (const place of places) address(place)
    body.call(nests[kernel]![nest]!)
  }
  /** `begin` holds the number of a share of the nests from `nest` on. */
  const chosen = (kernel: number, nest: number, places: Dispatch['places']) => {
    const all = shares[kernel]!
    const rest = all.slice(nest + 1).some(({ count }) => count > 0)
    const { count } = all[nest]!
    if (count === 0) {
      chosen(kernel, nest + 1, places)
      return
    }
    if (!rest) {
      call(kernel, nest, all[nest]!, places)
      return
    }
    body.get(begin)
    body.i32(count)
    body.op('i32.lt_u')
    body.if()
    call(kernel, nest, all[nest]!, places)
    body.op('else')
    body.get(begin)
    body.i32(count)
    body.op('i32.sub')
    body.set(begin)
    chosen(kernel, nest + 1, places)
    body.end()
  }

  addTo(body, words.ticket, 1)
  body.set(ticket)
  for (const [at, { kernel, places }] of dispatches.entries()) {
    enter(at)
    const count = countOf(shares[kernel]!)
    if (count > 0) {
      body.loop()
      body.get(ticket)
      body.get(base)
      body.op('i32.sub')
      body.tee(begin)
      body.i32(count)
      body.op('i32.lt_u')
      body.if()
      waitForAllBefore()
      chosen(kernel, 0, places)
      body.call(next)
      body.set(ticket)
      body.br(1)
      body.end()
      body.end()
      plus(body, base, count)
      body.set(base)
    }
    whenTold(body, told, flags.timed, () => {
      waitForAllBefore()
      body.i32(at)
      body.call(imported.clock)
    })
    leave(at + 1)
  }
  whenTold(body, told, flags.leads, waitForAllBefore)

  const index = module.declare({ params: ['i32', 'i32', 'i32'], results: [] })
  module.define(index, body)
  module.export('run', index)
  return dispatches.some(({ kernel }) => countOf(shares[kernel]!) > 1)
}

const countOf = (shares: readonly Shares[]): number => shares.reduce((sum, { count }) => sum + count, 0)

function whenTold(body: FunctionBody, told: number, flag: number, then: () => void): void {
  body.get(told)
  body.i32(flag)
  body.op('i32.and')
  body.if()
  then()
  body.end()
}

/**
 * `next()`: one more share is done, and the number of another to do. The number is taken first: once all shares are
 * done, the words may be those of another run.
 */
function printNext(module: Module): number {
  const body = new FunctionBody([])
  addTo(body, words.ticket, 1)
  addTo(body, words.done, 1)
  body.op('drop')
  load(body, words.sleepers)
  body.if()
  wake(body, words.done)
  body.end()
  return defined(module, body, [], ['i32'])
}

/** `wait(count)`: until so many shares are done. */
function printWait(module: Module): number {
  const body = new FunctionBody(['i32'])
  const count = 0
  const [looked, done] = [body.take('i32'), body.take('i32')]
  body.loop()
  load(body, words.done)
  body.tee(done)
  body.get(count)
  body.op('i32.ge_u')
  body.if()
  body.op('return')
  body.end()
  again(body, looked)
  // Whoever comes to do more from here on sees that somebody sleeps, or has done it before the word is looked at again.
  addTo(body, words.sleepers, 1)
  body.op('drop')
  load(body, words.done)
  body.tee(done)
  body.get(count)
  body.op('i32.lt_u')
  body.if()
  sleep(body, words.done, done)
  body.end()
  addTo(body, words.sleepers, -1)
  body.op('drop')
  body.br(0)
  body.end()
  return defined(module, body, ['i32'], [])
}

/** `meet(threads)`: until so many have called it. */
function printMeet(module: Module): number {
  const body = new FunctionBody(['i32'])
  const threads = 0
  const [meetings, looked] = [body.take('i32'), body.take('i32')]
  load(body, words.meetings)
  body.set(meetings)
  addTo(body, words.met, 1)
  body.get(threads)
  body.i32(1)
  body.op('i32.sub')
  body.op('i32.eq')
  body.if()
  body.i32(words.met)
  body.i32(0)
  body.memory('i32.atomic.store', 0)
  addTo(body, words.meetings, 1)
  body.op('drop')
  wake(body, words.meetings)
  body.op('return')
  body.end()
  body.loop()
  load(body, words.meetings)
  body.get(meetings)
  body.op('i32.ne')
  body.if()
  body.op('return')
  body.end()
  again(body, looked)
  sleep(body, words.meetings, meetings)
  body.br(0)
  body.end()
  return defined(module, body, ['i32'], [])
}

/** The sum of a local and a number. */
function plus(body: FunctionBody, local: number, number: number): void {
  body.get(local)
  body.i32(number)
  body.op('i32.add')
}

/** Adds to a word; what was there before is on the stack. */
function addTo(body: FunctionBody, word: number, by: number): void {
  body.i32(word)
  body.i32(by)
  body.memory('i32.atomic.rmw.add', 0)
}

function load(body: FunctionBody, word: number): void {
  body.i32(word)
  body.memory('i32.atomic.load', 0)
}

/** Repeats the loop around it some times. */
function again(body: FunctionBody, looked: number): void {
  plus(body, looked, 1)
  body.tee(looked)
  body.i32(looks)
  body.op('i32.lt_u')
  body.brIf(0)
  body.i32(0)
  body.set(looked)
}

/** Sleeps while the word at an address is what a local holds. */
function sleep(body: FunctionBody, word: number, held: number): void {
  body.i32(word)
  body.get(held)
  body.i64(-1)
  body.memory('memory.atomic.wait32', 0)
  body.op('drop')
}

function wake(body: FunctionBody, word: number): void {
  body.i32(word)
  body.i32(-1)
  body.memory('memory.atomic.notify', 0)
  body.op('drop')
}

function defined(module: Module, body: FunctionBody, params: readonly 'i32'[], results: readonly 'i32'[]): number {
  const index = module.declare({ params, results })
  module.define(index, body)
  return index
}
