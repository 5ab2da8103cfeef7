/**
 * Ways in which a server can be wrong, slow or unusual: one table, one function per mode.
 *
 * A fault is written `NAME` or `NAME:ARGUMENT` and is chosen per server (`startServer({ fault })`), per
 * request (a callback there), or per URL: `/fault/NAME[:ARGUMENT]/real/path`, the spec percent-encoded where
 * it must be. URL prefixes nest; of two faults with one name the innermost counts, so a URL can also relax
 * the server's own fault.
 *
 * To add a mode, add an entry to FAULTS: what its argument is, what it does, and `make`, which checks the
 * argument (throwing a FaultError) and returns a function that is run once per GET or HEAD, and per OPTIONS,
 * where only the policy matters. That function works on the Exchange (fault.mjs): it may
 *   - return a Reply, to answer that instead of the file;
 *   - change `policy` (ranges, CORS) or `delivery` (delay, pace, cut);
 *   - change `file`, the file as the server shows it, or put another there with `openFile`;
 *   - push a function onto `edits` that turns the reply made from the file into another one.
 * `request.nth` says how many times this path was asked for since the last reset. Then test it in
 * faults.test.mjs, which fails for a mode that it does not name.
 */

import { FaultError, none, positive, wholes } from './fault.mjs'
import { partReply, textReply } from './reply.mjs'

/** @typedef {import('./reply.mjs').Reply} Reply */
/** @typedef {import('./fault.mjs').FaultFunction} FaultFunction */
/** @typedef {import('./fault.mjs').FaultMode} FaultMode */

/** @type {Record<string, FaultMode>} */
export const FAULTS = {
  latency: {
    argument: 'MS',
    summary: 'waits before the head',
    make(argument) {
      const [delay] = wholes(argument, 1, 1)
      return exchange => {
        exchange.delivery.delay = delay
      }
    },
  },

  slow: {
    argument: 'BYTES_PER_S',
    summary: 'sends the body at this rate',
    make(argument) {
      const [bytesPerSecond] = wholes(argument, 1, 1)
      if (bytesPerSecond === 0) throw new FaultError('a rate of 0 bytes per second never ends; use stall')
      return exchange => {
        exchange.delivery.bytesPerSecond = bytesPerSecond
      }
    },
  },

  truncate: {
    argument: 'N',
    summary: 'closes the connection after N bytes of the body',
    make: argument => cutAfter('close', wholes(argument, 1, 1)[0]),
  },

  reset: {
    argument: '[N]',
    summary: 'resets the connection after N bytes of the body; without N before the head',
    make: argument => cutAfter('reset', wholes(argument, 0, 1)[0] ?? -1),
  },

  stall: {
    argument: '[N]',
    summary: 'sends nothing more after N bytes of the body; without N not even the head',
    make: argument => cutAfter('stall', wholes(argument, 0, 1)[0] ?? -1),
  },

  status: {
    argument: 'CODE[:RETRY_AFTER_S]',
    summary: 'answers with this status',
    make(argument) {
      const [code, retryAfter] = wholes(argument, 1, 2)
      return failure(Infinity, code, retryAfter)
    },
  },

  'status-once': {
    argument: 'CODE[:RETRY_AFTER_S]',
    summary: 'answers the first request of a path with this status',
    make(argument) {
      const [code, retryAfter] = wholes(argument, 1, 2)
      return failure(1, code, retryAfter)
    },
  },

  'status-first': {
    argument: 'N:CODE[:RETRY_AFTER_S]',
    summary: 'answers the first N requests of a path with this status',
    make(argument) {
      const [count, code, retryAfter] = wholes(argument, 2, 3)
      return failure(count, code, retryAfter)
    },
  },

  'retry-date': {
    argument: 'SECONDS',
    summary: 'answers the first request of a path with 503, and a date so far ahead in Retry-After',
    make(argument) {
      const [wait] = wholes(argument, 1, 1)
      return ({ request }) => {
        if (request.nth > 1) return
        const until = new Date(Date.now() + wait * 1000).toUTCString()
        return textReply(503, { 'Retry-After': until })
      }
    },
  },

  later: {
    argument: 'N:FAULT',
    summary: 'another fault of this list, from the request N + 1 of a path on',
    make(argument) {
      const [, digits, spec] = /^(\d{1,15}):(.+)$/s.exec(argument ?? '') ?? []
      if (spec === undefined) throw new FaultError(`takes N:FAULT, got '${argument ?? ''}'`)
      const { run } = parseFault(spec)
      return exchange => {
        if (exchange.request.nth > Number(digits)) return run(exchange)
      }
    },
  },

  html: {
    argument: '',
    summary: 'answers 200 with an HTML page, as login pages and single-page applications do',
    make(argument) {
      none(argument)
      const page =
        '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>Sign in</p></body></html>'
      return () => textReply(200, { 'Content-Type': 'text/html; charset=utf-8' }, page)
    },
  },

  'no-ranges': {
    argument: '',
    summary: 'answers 200 with the whole file, whatever the range',
    make(argument) {
      none(argument)
      return exchange => {
        exchange.policy.ranges = false
      }
    },
  },

  'wrong-content-range': {
    argument: '[SHIFT]',
    summary: 'a 206 with the bytes asked for, and a Content-Range that is SHIFT bytes off (1)',
    make(argument) {
      const shift = positive(argument, 1)
      return onPart(({ file, start, end }, reply) => {
        const by = end + shift > file.size && start >= shift ? -shift : shift
        const range = `bytes ${start + by}-${end - 1 + by}/${file.size}`
        return { ...reply, headers: { ...reply.headers, 'Content-Range': range } }
      })
    },
  },

  shifted: {
    argument: '[SHIFT]',
    summary: 'a 206 with another range than asked for, SHIFT bytes off (1), and its true Content-Range',
    make(argument) {
      const shift = positive(argument, 1)
      return onPart(({ file, start, end }, reply) => {
        if (end + shift <= file.size) return adopt(reply, partReply(file, start + shift, end + shift))
        return start >= shift ? adopt(reply, partReply(file, start - shift, end - shift)) : reply
      })
    },
  },

  longer: {
    argument: '[N]',
    summary: 'a 206 with up to N more bytes than asked for (1024), and its true Content-Range',
    make(argument) {
      const extra = positive(argument, 1024)
      return onPart(({ file, start, end }, reply) =>
        adopt(reply, partReply(file, start, Math.min(end + extra, file.size))),
      )
    },
  },

  overlong: {
    argument: '[N]',
    summary: 'a 206 whose body goes on for up to N bytes (1024) after the end that its Content-Range tells',
    make(argument) {
      const extra = positive(argument, 1024)
      return onPart(({ file, start, end }, reply) => {
        const { 'Content-Length': _, ...headers } = reply.headers
        return { ...reply, headers, body: { file, start, end: Math.min(end + extra, file.size) } }
      })
    },
  },

  shorter: {
    argument: '[N]',
    summary: 'a 206 with up to N fewer bytes than asked for (1), at least one, and its true Content-Range',
    make(argument) {
      const fewer = positive(argument, 1)
      return onPart(({ file, start, end }, reply) =>
        adopt(reply, partReply(file, start, Math.max(end - fewer, start + 1))),
      )
    },
  },

  gzip: {
    argument: '',
    summary: 'compresses whatever it sends (Content-Encoding: gzip), asked for or not',
    make(argument) {
      none(argument)
      return exchange => {
        exchange.edits.push(reply => {
          if (reply.body === null) return reply
          const { 'Content-Length': _, ...headers } = reply.headers
          return { ...reply, headers: { ...headers, 'Content-Encoding': 'gzip' }, encoding: 'gzip' }
        })
      }
    },
  },

  'hide-headers': {
    argument: '',
    summary: 'CORS exposes no header: Content-Range and ETag cannot be read, as with S3 by default',
    make(argument) {
      none(argument)
      return exchange => {
        exchange.policy.expose = false
      }
    },
  },

  'no-cors': {
    argument: '',
    summary: 'no CORS header at all, neither on answers nor on preflights',
    make(argument) {
      none(argument)
      return exchange => {
        exchange.policy.cors = false
      }
    },
  },

  'changed-etag': {
    argument: 'N',
    summary: 'after N requests of a path: another ETag and date, and one zero byte more at the end',
    make(argument) {
      const [count] = wholes(argument, 1, 1)
      return ({ request, file }) => {
        if (file === null || request.nth <= count) return
        file.etag = `${file.etag.slice(0, -1)}-changed"`
        file.lastModified += 1000
        file.size += 1
        file.padding += 1
      }
    },
  },

  replaced: {
    argument: 'N:PATH',
    summary: 'after N requests of a path another file is there; PATH as in a URL, from the first slash on',
    make(argument) {
      const [, digits, path] = /^(\d+):(\/.+)$/s.exec(argument ?? '') ?? []
      if (path === undefined) throw new FaultError(`takes N:/PATH, got '${argument ?? ''}'`)
      return async exchange => {
        if (exchange.request.nth > Number(digits)) exchange.file = await exchange.openFile(path)
      }
    },
  },

  redirect: {
    argument: 'N',
    summary: 'N redirects (302) on this server, then the file',
    make(argument) {
      const [hops] = wholes(argument, 1, 1)
      return ({ urlWith }) => {
        // The last hop leads to redirect:0 and not to the bare path, where the server's own fault would start
        // again.
        if (hops > 0) return textReply(302, { Location: urlWith('redirect', `redirect:${hops - 1}`) })
      }
    },
  },

  'redirect-to': {
    argument: 'URL',
    summary: 'redirects (302) to an origin, keeping the path; a URL with a path of its own is taken as it is',
    make(argument) {
      const to = URL.canParse(argument ?? '') ? new URL(argument ?? '') : null
      if (to === null || !/^https?:$/.test(to.protocol)) {
        throw new FaultError(`takes an http or https URL, got '${argument ?? ''}'`)
      }
      const bare = to.pathname === '/' && to.search === ''
      return ({ urlWith }) =>
        textReply(302, { Location: bare ? to.origin + urlWith('redirect-to') : to.href })
    },
  },

  'redirect-loop': {
    argument: '',
    summary: 'redirects (302) to itself, for ever',
    make(argument) {
      none(argument)
      return ({ urlWith }) => textReply(302, { Location: urlWith('redirect-loop', 'redirect-loop') })
    },
  },
}

/**
 * @param {string} spec NAME or NAME:ARGUMENT
 * @returns {{ name: string, run: FaultFunction }}
 */
export function parseFault(spec) {
  const [, name, argument] = /^([^:]*)(?::(.*))?$/s.exec(spec) ?? []
  const mode = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined
  if (mode === undefined) {
    throw new FaultError(`no fault is called '${name}', expected one of ${Object.keys(FAULTS).join(', ')}`)
  }
  try {
    return { name, run: mode.make(argument) }
  } catch (error) {
    if (error instanceof FaultError) error.message = `fault ${name}: ${error.message}`
    throw error
  }
}

/**
 * @param {import('./delivery.mjs').Cut['how']} how
 * @param {number} after
 * @returns {FaultFunction}
 */
function cutAfter(how, after) {
  return exchange => {
    exchange.delivery.cut = { after, how }
  }
}

/**
 * @param {number} count
 * @param {number} code
 * @param {number | undefined} retryAfter seconds
 * @returns {FaultFunction}
 */
function failure(count, code, retryAfter) {
  if (code < 200 || code > 599) throw new FaultError(`takes a status from 200 to 599, got ${code}`)
  return ({ request, file }) => {
    if (request.nth > count) return
    /** @type {Record<string, string>} */
    const headers = {}
    if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter)
    if (code === 401) headers['WWW-Authenticate'] = 'Bearer'
    if (code === 416) headers['Content-Range'] = `bytes */${file?.size ?? 0}`
    return textReply(code, headers)
  }
}

/**
 * A fault that changes nothing but answers of 206.
 * @param {(part: { file: import('./files.mjs').ServedFile, start: number, end: number }, reply: Reply) =>
 *   Reply} edit
 * @returns {FaultFunction}
 */
function onPart(edit) {
  return exchange => {
    exchange.edits.push(reply => {
      const part = reply.body
      return reply.status === 206 && part !== null && 'file' in part ? edit(part, reply) : reply
    })
  }
}

/**
 * Another reply with the fields of the one that it replaces, where it has none of its own.
 * @param {Reply} reply
 * @param {Reply} other
 * @returns {Reply}
 */
const adopt = (reply, other) => ({ ...other, headers: { ...reply.headers, ...other.headers } })
