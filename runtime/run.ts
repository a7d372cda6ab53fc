import type { Executable, Place, PlanOutline, Port, Tree } from '../compiler/plan/plan.ts'
import { captureCaller } from './caller.ts'
import type { Device, Kept, Loaded } from './device.ts'
import { type Given, isInputType, matchInputs } from './inputs.ts'
import { DeviceTensor, wordsIn } from './tensor.ts'

/** A loaded program that can be called. */
export interface Bound {
  /**
   * Runs the program once. Inputs are nested as the program's own are, with typed arrays, numbers (for scalars) and tensors as leaves; the outputs are tensors, nested
   * likewise. Nothing waits: tensors are read when they are asked to be.
   *
   * State stays in the executable's memory. What a call returned as state is donated by giving it to the next one, which costs no copy; a tensor that was donated is an
   * error to use. Any other state is copied in, and state that is left without having been donated is copied aside first, so that it keeps its value.
   *
   * Throws where an input is missing, unknown, of the wrong type or size, donated, disposed, or on another device; nothing has happened then.
   */
  call(inputs: unknown): unknown
  /** Frees the executable. State that is still in it cannot be read any more; other outputs can. */
  dispose(): void
}

/** What a program on a device needs for calls: `loaded` is `executable` as `device` loaded it. */
export function bind({ plan }: Executable, loaded: Loaded, device: Device): Bound {
  const statePlaces = stateOf(plan)
  const resident = new Map<string, WeakRef<DeviceTensor>>()
  let disposed = false

  return {
    call(inputs) {
      if (disposed) throw new Error(`${plan.name} has been disposed`)
      const given = matchInputs(plan, inputs)
      for (const { port, value } of given) if (value instanceof DeviceTensor) checkUsable(plan, port, value, device)

      const donated = given.flatMap(({ port, value }) => (isAtHome(value, port, loaded) ? [value] : []))
      // Copies out come before copies in, whichever of them overwrite each other.
      for (const tensor of alive(resident)) if (!donated.includes(tensor)) tensor.moveAside()
      const copies = given.flatMap(({ port, value }) =>
        value instanceof DeviceTensor && !isAtHome(value, port, loaded) ? [{ port, copy: copyOf(value) }] : [],
      )
      for (const { port, value } of given) if (!(value instanceof DeviceTensor)) loaded.write(port.place, value)
      for (const { port, copy } of copies) {
        loaded.restore(copy.kept, port.place)
        if (copy.ours) copy.kept.dispose()
      }
      resident.clear()
      if (donated.length > 0) {
        const why = donationTo(plan)
        for (const tensor of donated) tensor.lose(why)
      }
      loaded.run()

      return outputsOf(plan.outputs, (port) => {
        const key = keyOf(port.place)
        if (!statePlaces.has(key) || resident.has(key))
          return new DeviceTensor(port, device, { kind: 'kept', kept: loaded.keep(port.place, wordsIn(port)) })
        const tensor = new DeviceTensor(port, device, { kind: 'resident', loaded, place: port.place })
        resident.set(key, new WeakRef(tensor))
        return tensor
      })
    },
    dispose() {
      if (disposed) return
      disposed = true
      for (const tensor of alive(resident))
        tensor.lose(() => `this tensor was state of ${plan.name}, which has been disposed; read it before that`)
      resident.clear()
      loaded.dispose()
    },
  }
}

const keyOf = ({ region, offset }: Place): string => `${region}:${offset}`

/** The places of state: in a state region, and both an input and an output. */
function stateOf(plan: PlanOutline): ReadonlySet<string> {
  const inputs = new Set<string>()
  for (const port of portsOf(plan.inputs)) {
    if (!isInputType(port.dtype))
      throw new Error(
        `${plan.name}: the input ${port.path} is ${port.dtype}, which devices do not take: cast it inside the program`,
      )
    if (plan.regions[port.place.region]!.kind === 'state') inputs.add(keyOf(port.place))
  }
  return new Set(portsOf(plan.outputs).flatMap(({ place }) => (inputs.has(keyOf(place)) ? [keyOf(place)] : [])))
}

function portsOf(tree: Tree<Port>): readonly Port[] {
  if ('leaf' in tree) return [tree.leaf]
  return ('list' in tree ? tree.list : Object.values(tree.record)).flatMap(portsOf)
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

/** Whether a tensor is state that is given back where it lies. */
function isAtHome(value: Given['value'], { place }: Port, loaded: Loaded): value is DeviceTensor {
  if (!(value instanceof DeviceTensor) || value.storage.kind !== 'resident') return false
  return value.storage.loaded === loaded && keyOf(value.storage.place) === keyOf(place)
}

/** Tensors in the executable's memory that somebody may still read. */
const alive = (resident: ReadonlyMap<string, WeakRef<DeviceTensor>>): readonly DeviceTensor[] =>
  [...resident.values()].flatMap((held) => held.deref() ?? [])

/** A copy of a tensor's elements that can be restored from; `ours` where it was made for this. */
function copyOf(tensor: DeviceTensor): { readonly kept: Kept; readonly ours: boolean } {
  const { storage } = tensor
  if (storage.kind === 'kept') return { kept: storage.kept, ours: false }
  if (storage.kind === 'resident') return { kept: storage.loaded.keep(storage.place, wordsIn(tensor)), ours: true }
  throw new Error(storage.why())
}

function donationTo({ name }: PlanOutline): () => string {
  const caller = captureCaller()
  return () => {
    const at = caller()
    return `this tensor was donated to ${name}(...)${at && ` at ${at}`}; use the state it returned`
  }
}
