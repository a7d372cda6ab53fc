import { openDevice, type Recorder } from 'fluxion'
import { parseNpy } from 'fluxion/data'
import { align } from '../align/align.ts'
import { type Look, measures, type Seen } from '../align/measures.ts'
import { drawImages, drawPoints } from './draw.ts'

const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E
const [status, numbers, stop] = [element('status'), element('numbers'), element<HTMLButtonElement>('stop')]
const [progress, file] = [element<HTMLProgressElement>('progress'), element<HTMLInputElement>('file')]

/** index.html?steps=200 trains for 200 steps. */
const steps = Number(new URLSearchParams(location.search).get('steps') ?? 1000)
const labels: { readonly [name: string]: string } = {
  loss: 'Loss of the prior',
  reconstruction: 'Reconstruction loss',
  regulariser: 'Alignment loss',
  psnr: 'PSNR, dB',
  energy: 'Energy distance',
  noise: 'Its noise floor',
  alarms: 'Collapse alarms',
}

const values: Record<string, number> = {}
function show(found: { readonly [name: string]: number }): void {
  Object.assign(values, found)
  const shown = Object.entries(labels).filter(([name]) => name in values)
  numbers.innerHTML = shown
    .map(([name, label]) => `<div><dt>${label}</dt><dd id="${name}">${+values[name]!.toPrecision(3)}</dd></div>`)
    .join('')
}

let seen: Seen | undefined
function draw(): void {
  if (!seen) return
  const { latents: target } = seen.target.train
  const reach = 1.05 * target.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  drawPoints(element('target'), target, '--muted', reach)
  drawPoints(element('latents'), seen.latents.data, '--latents', reach)
  drawImages(element('images'), [seen.images, seen.made], 12)
}

async function train(features: Uint8Array, name: string, signal: AbortSignal): Promise<void> {
  const device = await openDevice()
  element('device').textContent = `Computed by ${device.name}`
  let what = ''
  const record: Recorder = {
    signal,
    begin({ program }) {
      what = program === 'autoencoderStep' ? 'autoencoder' : 'prior'
    },
    progress({ step, secondsLeft, values: { loss, reconstruction, regulariser } }) {
      progress.value = ((what === 'prior' ? 0 : steps) + step) / (2 * steps)
      status.textContent = `Training the ${what}: step ${step} of ${steps}, ${Math.ceil(secondsLeft)} s left`
      show(what === 'prior' ? { loss: loss! } : { reconstruction: reconstruction!, regulariser: regulariser! })
    },
  }
  const look: Look = (now) => {
    seen = now
    draw()
    const found = measures(now)
    show(found)
    return found
  }
  try {
    await align(await parseNpy(features, name), device, { steps, record }, look)
    status.textContent = signal.aborted ? 'Stopped' : 'Done'
  } finally {
    device.dispose()
  }
}

let current = new AbortController()
let training: Promise<void> = Promise.resolve()
/** One after the other: a new file stops what is being trained. */
function begin(load: () => Promise<ArrayBuffer>, name: string): void {
  current.abort()
  current = new AbortController()
  const { signal } = current
  training = training
    .then(async () => {
      status.classList.remove('failed')
      stop.disabled = false
      await train(new Uint8Array(await load()), name, signal)
    })
    .catch((error: unknown) => {
      status.textContent = String(error)
      status.classList.add('failed')
    })
    .finally(() => {
      stop.disabled = true
    })
}

begin(async () => (await fetch('features.npy')).arrayBuffer(), 'features.npy')
file.addEventListener('change', () => file.files?.[0] && begin(() => file.files![0]!.arrayBuffer(), file.files[0].name))
stop.addEventListener('click', () => current.abort())
addEventListener('resize', draw)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
