/**
 * Why a page's `fetch` failed. Browsers do not say, so that pages learn nothing of other origins; but two questions that any
 * page may ask tell a server that refuses the page from one that is not there.
 */

import { PyramidionError, isErrorRecord, toPyramidionError, type SourceDetail } from './errors.js'
import type { CoreSource } from './core-types.js'

/** Bound of one question, in ms. */
const PATIENCE_MS = 3000

/** A failure of `open` with what can be found out about it; anything but a page's failed request stays what it is. */
export async function explained(thrown: unknown, source: CoreSource, signal: AbortSignal): Promise<unknown> {
  if (!isErrorRecord(thrown) || thrown.code !== 'network' || !('url' in source) || source.fetch) return thrown
  const page = globalThis.location?.origin
  if (!page || new URL(source.url).origin === page || signal.aborted) return thrown
  const why = await reasonOf(source, page, signal)
  if (!why) return thrown
  const error = toPyramidionError(thrown)
  return new PyramidionError('network', `${error.message}: ${why}`, error.detail as SourceDetail, {
    cause: error.cause,
  })
}

async function reasonOf(
  source: Extract<CoreSource, { url: string }>,
  page: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { headers, credentials } = source
  const how = { ...(credentials && { credentials }), cache: 'no-store' as const }
  const open = { ...how, ...(headers && { headers }), method: 'HEAD', redirect: 'manual' as const }
  const blind = { ...how, method: 'HEAD', mode: 'no-cors' as const }
  const allow = `Access-Control-Allow-Origin: ${page} (or *)`
  const type = await typeOfAnswer(source.url, open, signal)
  if (type === 'cors')
    return (
      'the server may be read by this page, but not its answers to byte ranges; it may break them off, or compress ' +
      'them: its owner must turn compression off for this file'
    )
  if (type === 'opaqueredirect')
    return (
      `the server redirects to an address that pages of ${page} may not read (CORS), such as a login page, or in a ` +
      `circle; the server's owner must answer with the file, or send ${allow} there too`
    )
  if ((await typeOfAnswer(source.url, blind, signal)) === 'opaque')
    return (
      `the server answers, but does not let pages of ${page} read its answer (CORS); the server's owner must send ` +
      `${allow} and Access-Control-Expose-Headers: Content-Range, ETag, Accept-Ranges`
    )
  return `no answer from ${new URL(source.url).origin}`
}

/** What kind of answer there is; undefined for none. */
async function typeOfAnswer(
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<string | undefined> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  const timer = setTimeout(stop, PATIENCE_MS)
  signal.addEventListener('abort', stop)
  try {
    return (await fetch(url, { ...init, signal: controller.signal })).type
  } catch {
    return undefined
  } finally {
    stop()
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
