import { parseArgs } from 'node:util'
import { didYouMean } from '../studies/nearest.ts'

/** An option of a command: --name VALUE, or --name where `placeholder` is undefined. */
export interface Option<T> {
  readonly placeholder: string | undefined
  /** One letter: -n for --samples. */
  readonly short?: string
  readonly about: string
  /** As help shows it. */
  readonly shown: string | undefined
  readonly absent: T
  /** @throws Error that says what the option takes. */
  readonly read: (text: string, name: string) => T
  /** What the option says where it is given again; without this the last one counts. */
  join?(before: T, after: T): T
}

export type Options = { readonly [name: string]: Option<unknown> }
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

/** A number that is as `what` says, in words and by `holds`. */
const numeric = (
  placeholder: string,
  about: string,
  absent: number,
  what: string,
  holds: (value: number) => boolean,
): Option<number> => ({
  placeholder,
  about,
  shown: `${absent}`,
  absent,
  read(text, name) {
    const value = Number(text)
    if (text.trim() !== '' && holds(value)) return value
    throw new Error(`--${name} takes ${what}, was given '${text}'`)
  },
})

/** A whole number from `least`. */
export const whole = (about: string, absent: number, least = 1): Option<number> =>
  numeric('N', about, absent, `a whole number from ${least}`, (value) => Number.isSafeInteger(value) && value >= least)

/** A number above 0, and below `below`. */
export const positive = (about: string, absent: number, below = Number.POSITIVE_INFINITY): Option<number> =>
  numeric(
    'X',
    about,
    absent,
    `a number above 0${below === Number.POSITIVE_INFINITY ? '' : ` and below ${below}`}`,
    (value) => value > 0 && value < below && Number.isFinite(value),
  )

/** A number from 0. */
export const notNegative = (about: string, absent: number): Option<number> =>
  numeric('X', about, absent, 'a number from 0', (value) => value >= 0 && Number.isFinite(value))

/** One of some names. */
export const oneOf = <const N extends string>(about: string, names: readonly N[], absent: N): Option<N> => ({
  placeholder: 'NAME',
  about: `${about}: ${names.join(', ')}`,
  shown: absent,
  absent,
  read: (text, name) => named(text, name, names),
})

/** Several of some names, with commas between them. */
export const someOf = <const N extends string>(
  about: string,
  names: readonly N[],
  absent: readonly N[],
): Option<readonly N[]> => ({
  placeholder: 'NAMES',
  about: `${about}: ${names.join(', ')}`,
  shown: absent.join(','),
  absent,
  read: (text, name) => [...new Set(text.split(',').map((part) => named(part.trim(), name, names)))],
})

/** Any text, such as a path. */
export const text = (placeholder: string, about: string): Option<string | undefined> => ({
  placeholder,
  about,
  shown: undefined,
  absent: undefined,
  read(given, name) {
    if (given !== '') return given
    throw new Error(`--${name} takes ${placeholder}, was given nothing`)
  },
})

/** An option without which something else decides; help says what. */
export const optional = <T>(option: Option<T>, shown?: string): Option<T | undefined> => ({
  ...option,
  shown,
  absent: undefined,
})

export const flag = (about: string): Option<boolean> => ({
  placeholder: undefined,
  about,
  shown: undefined,
  absent: false,
  read: () => true,
})

/** The lines of help for options, each with its default. */
export function describeOptions(options: Options): string {
  const heads = Object.entries(options).map(([name, { placeholder, short }]) =>
    [short && `-${short},`, `--${name}`, placeholder].filter((part) => part !== undefined).join(' '),
  )
  const width = Math.max(...heads.map(({ length }) => length))
  return Object.values(options)
    .map(({ about, shown }, i) => {
      const fallback = shown === undefined ? '' : ` (${shown})`
      return `  ${heads[i]!.padEnd(width)}   ${about}${fallback}`
    })
    .join('\n')
}

/** The options that say what other options are. */
export const configOptions = {
  config: text('FILE', 'options, as JSON or as a module of JavaScript or TypeScript'),
  'print-config': flag('prints all options as such a file has them, and does nothing else'),
}

/** Values by the names of options: `heldOut` is --held-out. */
export interface Config {
  /** Named in complaints. */
  readonly file: string
  readonly values: { readonly [name: string]: unknown }
}

/**
 * What a command line says of these options, and where it says nothing, what a config does; undefined where it asks for
 * help.
 *
 * @throws Error where there is another option, suggesting one that was probably meant, where a value is missing or not
 * what its option takes, or where there is anything else.
 */
export const readOptions = <const O extends Options>(
  args: readonly string[],
  options: O,
  config?: Config,
): Values<O> | undefined => readArguments(args, [], options, config)?.given

/** What a command was given. */
export interface Read<O extends Options> {
  /** What it takes beside options. */
  readonly places: readonly string[]
  readonly given: Values<O>
  /** Whether an option was given itself, on the command line or in a config, and is not only its default. */
  has(name: keyof O & string): boolean
}

/**
 * What a command line says of these options and beside them: `places` are the names of what it takes, as help has them,
 * '[NAME]' for one that may be left out, 'NAME...' at the end for one or more and '[NAME...]' for any number. Undefined
 * where it asks for help.
 *
 * @throws Error as `readOptions`, and where there is more or less beside the options.
 */
export function readArguments<const O extends Options>(
  args: readonly string[],
  places: readonly string[],
  options: O,
  config?: Config,
): Read<O> | undefined {
  const entries = Object.entries(options)
  const { values, tokens, positionals } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        entries.map(([name, { placeholder, short, join: joins }]) => [
          name,
          {
            type: placeholder === undefined ? 'boolean' : 'string',
            multiple: joins !== undefined,
            ...(short !== undefined && { short }),
          },
        ]),
      ),
    } as { [name: string]: { type: 'boolean' | 'string'; multiple?: boolean; short?: string } },
    strict: false,
    tokens: true,
  })
  if (values.help) return undefined
  for (const token of tokens) {
    if (token.kind === 'positional' && places.length === 0)
      throw new Error(`'${token.value}' is no option; options begin with --`)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (!option)
      throw new Error(
        `there is no option ${token.rawName}${didYouMean(token.name, Object.keys(options)).replace(/'(.*)'/, '--$1')}`,
      )
    if (option.placeholder !== undefined && token.value === undefined)
      throw new Error(`--${token.name} takes ${option.placeholder}, was given nothing`)
    if (option.placeholder === undefined && token.value !== undefined)
      throw new Error(`--${token.name} takes nothing, was given '${token.value}'`)
  }
  checkPlaces(positionals, places)
  const configured = config ? configuredValues(config, options) : new Map<string, unknown>()
  const read = entries.map(([name, option]) => {
    const given = values[name]
    if (given !== undefined) {
      const all = [given].flat().map((one) => option.read(`${one}`, name))
      return [name, all.reduce((before, after) => option.join?.(before, after) ?? after)]
    }
    return [name, configured.has(name) ? configured.get(name) : option.absent]
  })
  return {
    places: positionals,
    given: Object.fromEntries(read) as Values<O>,
    has: (name) => values[name] !== undefined || configured.has(name),
  }
}

function checkPlaces(found: readonly string[], places: readonly string[]): void {
  const all = places.join(' ')
  const missing = places.slice(found.length).find((place) => !place.startsWith('['))
  if (missing !== undefined || found.includes(''))
    throw new Error(`expected ${all}; ${missing ?? places[found.indexOf('')]} was not given: --help says what it is`)
  if (found.length > places.length && !/\.\.\.\]?$/.test(places.at(-1) ?? ''))
    throw new Error(`expected ${all}; '${found[places.length]}' is one too many: options begin with --`)
}

function configuredValues({ file, values }: Config, options: Options): ReadonlyMap<string, unknown> {
  const own = Object.keys(options).filter((name) => !Object.hasOwn(configOptions, name))
  const names = new Map(own.map((name) => [inConfig(name), name]))
  return new Map(
    Object.entries(values).map(([key, value]) => {
      const name = names.get(key)
      if (name === undefined)
        throw new Error(`'${file}' has '${key}', which is no option${didYouMean(key, [...names.keys()])}`)
      const option = options[name]!
      if (option.placeholder === undefined && typeof value !== 'boolean')
        throw new Error(`'${file}': ${key} is true or false, was given ${JSON.stringify(value)}`)
      if (option.placeholder === undefined) return [name, value]
      try {
        return [name, option.read(Array.isArray(value) ? value.join() : `${value}`, name)]
      } catch (error) {
        throw new Error(`'${file}': ${(error as Error).message.replace(`--${name}`, key)}`, { cause: error })
      }
    }),
  )
}

/** Options as a config has them, each with its value. */
export const toConfig = (values: { readonly [name: string]: unknown }): Config['values'] =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      Object.hasOwn(configOptions, name) ? [] : [[inConfig(name), value]],
    ),
  )

/** 'held-out' is heldOut. */
const inConfig = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

function named<const N extends string>(text: string, name: string, names: readonly N[]): N {
  const found = names.find((known) => known === text)
  if (found !== undefined) return found
  throw new Error(`--${name} takes ${names.join(', ')}; was given '${text}'${didYouMean(text, names)}`)
}

/** A config of a command with these options, all of which may be left out. */
export type ConfigOf<O extends Options> = {
  readonly [K in Exclude<keyof O & string, keyof typeof configOptions> as InConfig<K>]?: Exclude<
    Values<O>[K],
    undefined
  >
}
type InConfig<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<InConfig<B>>}` : S
