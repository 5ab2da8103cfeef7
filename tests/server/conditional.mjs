/**
 * Conditional requests of RFC 9110, section 13: If-Match, If-Unmodified-Since, If-None-Match,
 * If-Modified-Since and If-Range, as pure functions of the request's fields and the file's validators.
 */

/**
 * The ETag is strong and has its quotes; the date is in whole seconds, as ms.
 * @typedef {{ etag: string, lastModified: number }} Validators
 */

/** @typedef {import('node:http').IncomingHttpHeaders} Fields */

/**
 * In the order of section 13.2.2; for GET and HEAD only.
 * @param {Fields} fields
 * @param {Validators} file
 * @returns {'proceed' | 304 | 412}
 */
export function evaluatePreconditions(fields, file) {
  if (fields['if-match'] !== undefined) {
    if (!matches(fields['if-match'], file.etag, strongly)) return 412
  } else {
    const since = parseHttpDate(fields['if-unmodified-since'])
    if (since !== undefined && file.lastModified > since) return 412
  }
  if (fields['if-none-match'] !== undefined) {
    return matches(fields['if-none-match'], file.etag, weakly) ? 304 : 'proceed'
  }
  const since = parseHttpDate(fields['if-modified-since'])
  return since !== undefined && file.lastModified <= since ? 304 : 'proceed'
}

/**
 * Whether Range is to be honoured. A date must be equal to Last-Modified, and that date must be a strong
 * validator: a file changed within the last second may change again without its date changing.
 * @param {Fields} fields
 * @param {Validators} file
 * @param {number} now ms
 */
export function rangeApplies(fields, file, now = Date.now()) {
  const validator = fields['if-range']
  if (typeof validator !== 'string') return true
  if (/^(W\/)?"/.test(validator)) return strongly(validator, file.etag)
  return parseHttpDate(validator) === file.lastModified && now - file.lastModified >= 1000
}

/**
 * @param {string} list `*` or entity tags
 * @param {string} etag
 * @param {(a: string, b: string) => boolean} compare
 */
function matches(list, etag, compare) {
  if (list.trim() === '*') return true
  const tags = list.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []
  return tags.some(tag => compare(tag, etag))
}

/** @param {string} a @param {string} b */
const strongly = (a, b) => a === b && !a.startsWith('W/')

/** @param {string} a @param {string} b */
const weakly = (a, b) => a.replace(/^W\//, '') === b.replace(/^W\//, '')

const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const RFC850 = /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

/**
 * The three forms of section 5.6.7; anything else is no date, and the field that holds it is ignored.
 * @param {string | undefined} text
 * @returns {number | undefined} ms
 */
export function parseHttpDate(text) {
  if (text === undefined) return undefined
  const zoned = IMF_FIXDATE.test(text) || RFC850.test(text)
  const time = zoned ? Date.parse(text) : ASCTIME.test(text) ? Date.parse(`${text} GMT`) : NaN
  return Number.isNaN(time) ? undefined : time
}
