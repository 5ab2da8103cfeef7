import { parseArgs, type ParseArgsConfig } from 'node:util'

import type { OpenOptions } from '../types.js'

/** The command line is wrong; the file is not to blame. */
export class UsageError extends Error {}

type OptionsConfig = NonNullable<ParseArgsConfig['options']>

/** Options of every command that opens a raster. */
const SOURCE_OPTIONS = {
  header: { type: 'string', short: 'H', multiple: true },
  ovr: { type: 'string' },
  'no-ovr': { type: 'boolean' },
  trace: { type: 'string' },
} as const satisfies OptionsConfig

/** What the help of such a command says of them. */
export const SOURCE_HELP = `  -H, --header 'NAME: VALUE'  send this header with every request; may be repeated
      --ovr SRC               the overviews are in this file, instead of SRC.ovr
      --no-ovr                do not look for SRC.ovr
      --trace FILE            write what was asked for, when and why, as JSON
  -h, --help                  this text
`

/** The value of an option of `parseArgs`, by its configuration. */
type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** A command's arguments: one source, how to open it, and the command's own options. */
export interface SourceArguments {
  source: string
  openOptions: OpenOptions
  values: Values
}

/** Parses the arguments of the command of that name, which has these options of its own. */
export function parseSourceArguments(
  command: string,
  args: string[],
  options: OptionsConfig,
): SourceArguments {
  const { values, positionals } = parsed(command, args, { ...SOURCE_OPTIONS, ...options })
  const [source, ...rest] = positionals
  if (source === undefined) throw usage(command, 'no SRC')
  if (rest.length > 0) throw usage(command, `one SRC expected, also got '${rest.join("', '")}'`)
  const headers = ((values['header'] ?? []) as string[]).map(text => headerOf(command, text))
  const { ovr } = values
  if (ovr !== undefined && values['no-ovr']) throw usage(command, '--ovr and --no-ovr exclude each other')
  const openOptions: OpenOptions = {
    ...(headers.length > 0 && { headers }),
    ...(typeof ovr === 'string' && { overviews: ovr }),
    ...(values['no-ovr'] === true && { overviews: false }),
  }
  return { source, openOptions, values }
}

/** The whole number of an option, from `lowest`. */
export function integerOf(command: string, values: Values, name: string, lowest: number): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const number = wholeNumber(String(text))
  if (number !== undefined && number >= lowest) return number
  throw usage(command, `--${name} must be a whole number from ${lowest}, got '${String(text)}'`)
}

/** The list of whole numbers of an option, as `1,2,3`. */
export function integersOf(
  command: string,
  values: Values,
  name: string,
  form: string,
  count?: number,
): number[] | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const numbers = String(text)
    .split(',')
    .map(part => wholeNumber(part.trim()))
  const good =
    numbers.every(number => number !== undefined) && (count === undefined || numbers.length === count)
  if (good) return numbers
  throw usage(command, `--${name} must be ${form}, got '${String(text)}'`)
}

/** A usage error that says where help is. */
export function usage(command: string, message: string): UsageError {
  return new UsageError(`${message}; see 'pyramidion ${command} --help'`)
}

function parsed(
  command: string,
  args: string[],
  options: OptionsConfig,
): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return { values: values, positionals }
  } catch (error) {
    const [first = 'wrong arguments'] = (error as Error).message.split(/\.? To specify|\n/)
    throw usage(command, first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, ''))
  }
}

function headerOf(command: string, text: string): [string, string] {
  const match = /^([^\s:]+)\s*:\s*(.*)$/.exec(text)
  if (match?.[1] !== undefined && match[2] !== undefined) return [match[1], match[2]]
  throw usage(command, `--header must be 'NAME: VALUE', got '${text}'`)
}

function wholeNumber(text: string): number | undefined {
  const number = Number(text)
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined
}
