/**
 * What a page of another origin may see (the Fetch standard's CORS protocol): anyone may read, without
 * credentials.
 */

/** @typedef {{ ranges: boolean, cors: boolean, expose: boolean }} Policy */

export const EXPOSED = ['Accept-Ranges', 'Content-Length', 'Content-Range', 'ETag', 'Last-Modified']
export const METHODS = ['GET', 'HEAD', 'OPTIONS']

/**
 * Fields of every answer.
 * @param {Policy} policy
 * @returns {Record<string, string>}
 */
export function corsFields(policy) {
  if (!policy.cors) return {}
  const allowed = { 'Access-Control-Allow-Origin': '*' }
  return policy.expose ? { ...allowed, 'Access-Control-Expose-Headers': EXPOSED.join(', ') } : allowed
}

/** @param {import('node:http').IncomingMessage} request */
export function isPreflight({ method, headers }) {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}

/**
 * Grants whatever is asked, and is never cached by the browser, so that each one can be counted.
 * @param {Policy} policy
 * @param {import('node:http').IncomingHttpHeaders} headers of the preflight
 * @returns {Record<string, string>}
 */
export function preflightFields(policy, headers) {
  if (!policy.cors) return {}
  /** @type {Record<string, string>} */
  const fields = { 'Access-Control-Allow-Methods': METHODS.join(', '), 'Access-Control-Max-Age': '0' }
  const asked = headers['access-control-request-headers']
  if (typeof asked === 'string') fields['Access-Control-Allow-Headers'] = asked
  return fields
}
