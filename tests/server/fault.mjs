/**
 * What a fault is: the types that faults.mjs is written in, and the checks of its arguments.
 */

/** @typedef {import('./reply.mjs').Reply} Reply */

/**
 * @typedef {object} FaultRequest
 * @property {string} method
 * @property {string} path of the file: no fault prefixes, no query; still percent-encoded
 * @property {string} query with its question mark, or ''
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {number} nth from 1, by path with its fault prefixes and without its query
 */

/**
 * @typedef {object} Exchange
 * @property {FaultRequest} request
 * @property {import('./files.mjs').ServedFile | null} file
 * @property {import('./cors.mjs').Policy} policy
 * @property {import('./delivery.mjs').Delivery} delivery
 * @property {((reply: Reply) => Reply)[]} edits
 * @property {(path: string) => Promise<import('./files.mjs').ServedFile | null>} openFile closed with the
 *   exchange
 * @property {(name: string, spec?: string) => string} urlWith this request's URL without the prefix of the
 *   fault `name`, or with `spec` in its place; from the first slash on, query included
 */

/** @typedef {(exchange: Exchange) => Reply | void | Promise<Reply | void>} FaultFunction */
/** @typedef {string | FaultFunction} Fault */
/** @typedef {(argument: string | undefined) => FaultFunction} MakeFault */
/** @typedef {{ argument: string, summary: string, make: MakeFault }} FaultMode */

/** A fault spec that cannot be used: unknown name, wrong argument. */
export class FaultError extends Error {}

/**
 * Whole numbers between colons.
 * @param {string | undefined} argument
 * @param {number} least
 * @param {number} most
 * @returns {number[]}
 */
export function wholes(argument, least, most) {
  const fields = argument === undefined ? [] : argument.split(':')
  if (fields.length < least || fields.length > most || !fields.every(field => /^\d{1,15}$/.test(field))) {
    const count = least === most ? least : `${least} to ${most}`
    throw new FaultError(`takes ${count} whole number(s) between colons, got '${argument ?? ''}'`)
  }
  return fields.map(Number)
}

/**
 * @param {string | undefined} argument
 * @param {number} unset
 */
export function positive(argument, unset) {
  const [value = unset] = wholes(argument, 0, 1)
  if (value === 0) throw new FaultError('0 would change nothing, expected at least 1')
  return value
}

/** @param {string | undefined} argument */
export function none(argument) {
  if (argument !== undefined) throw new FaultError(`takes no argument, got '${argument}'`)
}
