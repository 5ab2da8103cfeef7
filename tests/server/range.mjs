/**
 * The `Range` field of RFC 9110, section 14, as one pure function: what a request asks of a file of a known
 * size.
 *
 * Choices where the RFC leaves one:
 * - a malformed field (`bytes=5-2`, `bytes=a-b`, another unit) is ignored: the whole file is the answer;
 * - more than one range in a field is ignored too, so there is no multipart/byteranges here;
 * - a suffix (`bytes=-5`) of an empty file is satisfiable by the RFC's words, but no Content-Range can say
 *   "zero bytes", so the whole (empty) file is the answer.
 */

/**
 * Half open: `end` is the first byte that is not part of it.
 * @typedef {{ kind: 'whole' } | { kind: 'unsatisfiable' } | { kind: 'part', start: number, end: number }}
 *   RangeVerdict
 */

const WHOLE = Object.freeze({ kind: /** @type {const} */ ('whole') })
const UNSATISFIABLE = Object.freeze({ kind: /** @type {const} */ ('unsatisfiable') })

/**
 * @param {string | undefined} field the value of the Range field, if the request has one
 * @param {number} size bytes in the file
 * @returns {RangeVerdict}
 */
export function evaluateRange(field, size) {
  const spec = onlyRangeSpec(field)
  if (spec === undefined) return WHOLE
  return spec.suffix === undefined ? evaluateInterval(spec, size) : evaluateSuffix(spec.suffix, size)
}

/**
 * @param {{ first: number, last: number }} spec last is Infinity where the field has none
 * @param {number} size
 * @returns {RangeVerdict}
 */
function evaluateInterval({ first, last }, size) {
  if (last < first) return WHOLE
  if (first >= size) return UNSATISFIABLE
  return { kind: 'part', start: first, end: Math.min(last + 1, size) }
}

/**
 * @param {number} suffix
 * @param {number} size
 * @returns {RangeVerdict}
 */
function evaluateSuffix(suffix, size) {
  if (suffix === 0) return UNSATISFIABLE
  if (size === 0) return WHOLE
  return { kind: 'part', start: Math.max(0, size - suffix), end: size }
}

/**
 * The one range of a well-formed field with exactly one range. Empty list elements are allowed (section
 * 5.6.1.2).
 * @param {string | undefined} field
 * @returns {{ first: number, last: number, suffix?: undefined } | { suffix: number } | undefined}
 */
function onlyRangeSpec(field) {
  const set = /^bytes=(.*)$/i.exec(field ?? '')?.[1]
  if (set === undefined) return undefined
  const specs = set.split(/[ \t]*,[ \t]*/).filter(spec => spec !== '')
  if (specs.length !== 1) return undefined
  const match = /^(?:(\d+)-(\d*)|-(\d+))$/.exec(specs[0])
  if (match === null) return undefined
  if (match[3] !== undefined) return { suffix: Number(match[3]) }
  return { first: Number(match[1]), last: match[2] === '' ? Infinity : Number(match[2]) }
}
