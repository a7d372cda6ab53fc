import { speakable } from '../runtime/node/run-files.ts'

/** A number to four digits; '-' where there is none. */
export const numeral = (value: number | undefined): string => {
  if (value === undefined) return '-'
  return Number.isSafeInteger(value) ? `${value}` : `${Number(value.toPrecision(4))}`
}

/** '12.3 s', '2 min 05 s', '3 h 20 min'. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const two = (count: number): string => `${count}`.padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** A date to the minute, by the clock of this machine. */
export function when(iso: string): string {
  const date = new Date(iso)
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()]
  const [year, month, day, hour, minute] = parts.map((part) => `${part}`.padStart(2, '0'))
  return `${year}-${month}-${day} ${hour}:${minute}`
}

/**
 * As run folders have it: NaN and the infinities are texts, since JSON has no numbers for them. A list of numbers is a
 * line.
 */
export const toJson = (data: unknown): string =>
  JSON.stringify(data, speakable, 2).replace(/\[\n[\d\s.,e+-]*\]/g, (numbers) => numbers.replace(/\s+/g, ''))
