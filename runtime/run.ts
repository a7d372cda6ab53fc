/// <reference lib="esnext.disposable" preserve="true" />
import type { Executable, Place, PlanOutline, Port, Tree } from '../compiler/plan/plan.ts'
import { captureCaller } from './caller.ts'
import type { Device, Kept, Loaded } from './device.ts'
import { type Given, matchInputs, matchSome } from './inputs.ts'
import { DeviceTensor, wordsIn } from './tensor.ts'

/** A loaded program that can be called. */
export interface Bound extends Disposable {
  /**
   * Runs the program once. Inputs are nested as the program's own are, with typed arrays, numbers (for scalars) and
   * tensors as leaves; the outputs are tensors, nested likewise. Nothing waits: tensors are read when they are asked to
   * be.
   *
   * State stays in the executable's memory. What a call returned as state is donated by giving it to the next one,
   * which costs no copy; a tensor that was donated is an error to use. Any other state is copied in, and state that is
   * left without having been donated is copied aside first, so that it keeps its value.
   *
   * Throws where an input is missing, unknown, of the wrong type or size, donated, disposed, or on another device, and
   * where the device is lost; nothing has happened then.
   */
  call(inputs: unknown): unknown
  /**
   * Runs the program `count` times, each time on the state that the time before made and on the other inputs as given:
   * to the bit what as many calls do, in one submission. Gives the results of the last. With `history`: those as
   * `last`, and as `history` every scalar result beside the state, of all times, as a tensor of `count` elements.
   *
   * Throws as `call` does, and where the program has no state or `count` is not a whole number above 0.
   */
  steps(count: number, inputs: unknown, options?: StepsOptions): unknown
  /**
   * Puts some of the inputs where the program reads them, and gives tensors that stand for them: a call that is given
   * one of these copies nothing. Not for state, which stays there anyway.
   *
   * Throws as `call` does.
   */
  upload(inputs: unknown): unknown
  /**
   * Runs the program some times, each time from these inputs; gives the nanoseconds of each dispatch of the plan, run
   * by run. The state that it leaves in the executable is nobody's: for one that has no other calls.
   *
   * Rejects as `call` throws, and where the device cannot tell.
   */
  timed(runs: number, inputs: unknown): Promise<readonly (readonly number[])[]>
  /** Memory that the program has on the device: inputs, state, results and temporaries. */
  readonly bytes: number
  /** Frees the executable. State that is still in it cannot be read any more; other outputs can. Again is nothing. */
  dispose(): void
}

export interface StepsOptions {
  readonly history?: boolean
}

/** What a program on a device needs for calls: `loaded` is `executable` as `device` loaded it. */
export function bind({ plan }: Executable, loaded: Loaded, device: Device): Bound {
  const statePlaces = stateOf(plan)
  // Held, though nobody else may hold them: references that were weak would hold all that a loop has ever had here,
  // since an engine lets go of what they were made of only when the program yields.
  const resident = new Map<string, DeviceTensor>()
  let disposed = false

  const alive = (): void => {
    if (disposed) throw new Error(`${plan.name} has been disposed`)
    loaded.check()
  }

  const put = (port: Port, value: Given['value']): void => {
    if (!(value instanceof DeviceTensor)) {
      loaded.write(port.place, value)
      return
    }
    const { kept, ours } = copyOf(value)
    loaded.restore(kept, port.place)
    if (ours) kept.dispose()
  }

  /** Puts the inputs where the program reads them. */
  const place = (inputs: unknown): void => {
    alive()
    const given = matchInputs(plan, inputs)
    for (const { port, value } of given) if (value instanceof DeviceTensor) checkUsable(plan, port, value, device)

    const atHome = given.filter((one): one is Given & { value: DeviceTensor } => isAtHome(one.value, one.port, loaded))
    const stays = new Set(atHome.map(({ value }) => value))
    // Copies out come before copies in, whichever of them overwrite each other.
    for (const tensor of resident.values()) if (!stays.has(tensor)) tensor.moveAside()
    const copies = given.flatMap(({ port, value }) =>
      value instanceof DeviceTensor && !isAtHome(value, port, loaded) ? [{ port, copy: copyOf(value) }] : [],
    )
    for (const { port, value } of given) if (!(value instanceof DeviceTensor)) loaded.write(port.place, value)
    for (const { port, copy } of copies) {
      loaded.restore(copy.kept, port.place)
      if (copy.ours) copy.kept.dispose()
    }
    const uploaded = atHome.filter(({ port }) => plan.regions[port.place.region]!.kind !== 'state')
    resident.clear()
    for (const { port, value } of uploaded) resident.set(keyOf(port.place), value)
    if (atHome.length > uploaded.length) {
      const why = donationTo(plan)
      for (const { port, value } of atHome) if (!resident.has(keyOf(port.place))) value.lose(why)
    }
  }

  const results = (): unknown =>
    outputsOf(plan.outputs, (port) => {
      const key = keyOf(port.place)
      if (!statePlaces.has(key) || resident.has(key))
        return new DeviceTensor(port, device, { kind: 'kept', kept: loaded.keep(port.place, wordsIn(port)) })
      const tensor = new DeviceTensor(port, device, { kind: 'resident', loaded, place: port.place })
      resident.set(key, tensor)
      return tensor
    })

  const dispose = (): void => {
    if (disposed) return
    disposed = true
    for (const tensor of resident.values())
      tensor.lose(() => `this tensor was in the memory of ${plan.name}, which has been disposed; read it before that`)
    resident.clear()
    loaded.dispose()
  }

  return {
    call(inputs) {
      place(inputs)
      loaded.run()
      return results()
    },
    steps(count, inputs, { history = false } = {}) {
      if (!Number.isSafeInteger(count) || count < 1)
        throw new TypeError(`${plan.name}.steps: the count is ${count}; it must be a whole number above 0`)
      if (statePlaces.size === 0)
        throw new TypeError(
          `${plan.name}.steps: ${plan.name} has no state that one step could hand to the next; call it, or name an input and an output 'state'`,
        )
      place(inputs)
      const noted = history ? portsOf(plan.outputs).filter((port) => isNoted(port, statePlaces)) : []
      const kept = loaded.repeat(
        count,
        noted.map((port) => ({ place: port.place, length: wordsIn(port) })),
      )
      const last = results()
      if (!history) return last
      const stacks = new Map(noted.map((port, i) => [port, stackOf(port, count, device, kept[i]!)]))
      return { last, history: historyOf(plan.outputs, stacks) }
    },
    upload(inputs) {
      alive()
      const given = matchSome(plan, inputs)
      for (const { port, value } of given) {
        if (value instanceof DeviceTensor) checkUsable(plan, port, value, device)
        if (plan.regions[port.place.region]!.kind === 'state')
          throw new TypeError(
            `${plan.name}.upload: ${port.path} is state, which stays in memory from call to call; give it to a call`,
          )
      }
      const tensors = new Map<string, DeviceTensor>()
      for (const { port, value } of given) {
        const key = keyOf(port.place)
        if (isAtHome(value, port, loaded)) {
          tensors.set(port.path, value)
          continue
        }
        resident.get(key)?.moveAside()
        put(port, value)
        const tensor = new DeviceTensor(port, device, { kind: 'resident', loaded, place: port.place })
        resident.set(key, tensor)
        tensors.set(port.path, tensor)
      }
      return partOf(plan.inputs, inputs, (port) => tensors.get(port.path)!)
    },
    async timed(runs, inputs) {
      const times: (readonly number[])[] = []
      while (times.length < runs) {
        place(inputs)
        times.push(await loaded.timed())
      }
      return times
    },
    bytes: plan.regions.reduce((bytes, { size, element }) => bytes + size * (element === 'f16' ? 2 : 4), 0),
    dispose,
    [Symbol.dispose]: dispose,
  }
}

/** Whether a history has a port: a scalar that is not state. */
const isNoted = ({ shape, place }: Port, statePlaces: ReadonlySet<string>): boolean =>
  shape.length === 0 && !statePlaces.has(keyOf(place))

const stackOf = ({ dtype }: Port, count: number, device: Device, kept: Kept): DeviceTensor =>
  new DeviceTensor({ shape: [count], dtype }, device, { kind: 'kept', kept })

/** Nested as the outputs are, without what has no history; undefined where nothing has. */
function historyOf(tree: Tree<Port>, stacks: ReadonlyMap<Port, DeviceTensor>): unknown {
  if ('leaf' in tree) return stacks.get(tree.leaf)
  if ('list' in tree) return tree.list.map((part) => historyOf(part, stacks))
  const parts = Object.entries(tree.record).flatMap(([name, part]) => {
    const has = portsOf(part).some((port) => stacks.has(port))
    return has ? [[name, historyOf(part, stacks)] as const] : []
  })
  return Object.fromEntries(parts)
}

const keyOf = ({ region, offset }: Place): string => `${region}:${offset}`

/** The places of state: in a state region, and both an input and an output. */
function stateOf(plan: PlanOutline): ReadonlySet<string> {
  const inputs = new Set<string>()
  for (const { place } of portsOf(plan.inputs))
    if (plan.regions[place.region]!.kind === 'state') inputs.add(keyOf(place))
  return new Set(portsOf(plan.outputs).flatMap(({ place }) => (inputs.has(keyOf(place)) ? [keyOf(place)] : [])))
}

function portsOf(tree: Tree<Port>): readonly Port[] {
  if ('leaf' in tree) return [tree.leaf]
  return ('list' in tree ? tree.list : Object.values(tree.record)).flatMap(portsOf)
}

/** Of a record of inputs those that `given` has. */
function partOf(tree: Tree<Port>, given: unknown, tensorOf: (port: Port) => DeviceTensor): unknown {
  const names = Object.keys(given as object)
  const record = 'record' in tree ? tree.record : {}
  return Object.fromEntries(names.map((name) => [name, outputsOf(record[name]!, tensorOf)]))
}

function outputsOf(tree: Tree<Port>, tensorOf: (port: Port) => DeviceTensor): unknown {
  if ('leaf' in tree) return tensorOf(tree.leaf)
  if ('list' in tree) return tree.list.map((part) => outputsOf(part, tensorOf))
  return Object.fromEntries(Object.entries(tree.record).map(([name, part]) => [name, outputsOf(part, tensorOf)]))
}

function checkUsable(plan: PlanOutline, port: Port, tensor: DeviceTensor, device: Device): void {
  if (tensor.storage.kind === 'gone') throw new Error(`${port.path || `${plan.name}(...)`}: ${tensor.storage.why()}`)
  if (tensor.device !== device)
    throw new Error(
      `${port.path || `${plan.name}(...)`}: this tensor is on another device (${tensor.device.name}, and ${plan.name} runs on ${device.name}); give what its read() gives`,
    )
}

/** Whether a tensor is given for what already lies in its place: state that comes back, or what was uploaded. */
function isAtHome(value: Given['value'], { place }: Port, loaded: Loaded): value is DeviceTensor {
  if (!(value instanceof DeviceTensor) || value.storage.kind !== 'resident') return false
  return value.storage.loaded === loaded && keyOf(value.storage.place) === keyOf(place)
}

/** A copy of a tensor's elements that can be restored from; `ours` where it was made for this. */
function copyOf(tensor: DeviceTensor): { readonly kept: Kept; readonly ours: boolean } {
  const { storage } = tensor
  if (storage.kind === 'kept') return { kept: storage.kept, ours: false }
  if (storage.kind === 'resident') return { kept: storage.loaded.keep(storage.place, wordsIn(tensor)), ours: true }
  throw new Error(storage.kind === 'gone' ? storage.why() : 'a tensor of the host is given as its elements')
}

function donationTo({ name }: PlanOutline): () => string {
  const caller = captureCaller()
  return () => {
    const at = caller()
    return `this tensor was donated to ${name}(...)${at && ` at ${at}`}; use the state it returned`
  }
}
