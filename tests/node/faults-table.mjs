// What must come of each fault of tests/server/faults.mjs, where the base has it and where the sidecar has it.
//
// A case is `fault`, and for each file either PIXELS (everything reads, byte for byte as GDAL reads it) or an error:
// `at` is the step that it comes at (`open`, or `read` for the pixels of the levels in that file), the rest is what the
// error must say. What a sidecar fails with at its very start is a `state` of the sidecar instead, and the base reads on.
// `node` and `page` are what differs on that platform.

export const PIXELS = 'pixels'

/** Short pauses and small ranges: several requests for files of 37 KiB, and no case takes long. */
export const NET = {
  attempts: 3,
  backoff: 5,
  backoffMax: 40,
  timeout: 10_000,
  firstRangeBytes: 2048,
  pageBytes: 1024,
}

/** For servers that fall silent; a busy machine may let a sound one seem so. */
const IMPATIENT = { timeout: 600, attempts: 2 }

/** ms: far below one patience of the others. */
export const BOUND = 8000

const failure = (code, status, attempts, words) => ({ code, status, attempts, words })

/** The base does not open, and the sidecar counts as unreadable with the same error, or as absent. */
const atOnce = (fault, error, state = 'unreadable') => ({
  fault,
  base: { at: 'open', ...error },
  sidecar: { state, ...error },
})

/** From the second request of a file on: pixels do not read, whichever file they are in. */
const inMidSession = (fault, error) => ({
  fault: `later:1:${fault}`,
  base: { at: 'read', ...error },
  sidecar: { at: 'read', ...error },
})

const harmless = fault => ({ fault, base: PIXELS, sidecar: PIXELS })

const brokenOff = failure('truncated', 206, 3, /the body broke off after \d+ bytes: ./)
const noAnswer = { code: 'network', status: undefined, attempts: 3, words: /fetch/ }
const silent = failure('timeout', undefined, 2, /no answer within 600 ms/)
const silentBody = failure('timeout', 206, 2, /no byte within 600 ms, after \d+ bytes of body/)
const status = (code, status, attempts) =>
  failure(code, status, attempts, new RegExp(`http status ${status} for bytes \\d+\\.\\.\\d+`))
const answeredWith = failure(
  'range_unsupported',
  206,
  1,
  /asked for bytes 0\.\.2048, answered with bytes \d+\.\.\d+/,
)
const tooLong = failure('range_unsupported', 206, 1, /\d+ bytes of body for bytes 0\.\.2048, expected 2048/)
const encoded = failure(
  'range_unsupported',
  206,
  1,
  /content-encoding gzip.* the server's owner must turn compression off/,
)
const changed = failure(
  'file_changed',
  206,
  1,
  /the file changed while it was read: (etag|length) was .*, now/,
)
const signIn =
  /found an HTML page titled "Sign in": a login page, .* its owner must send the file itself here/
const page = { code: 'not_a_tiff', words: signIn }
const noCors =
  /server answers, but does not let pages of http:\S+ read its answer \(CORS\); the server's owner must send Access-Control-Allow-Origin/

/** @param {{ other: string }} servers `other`: the URL of the same server on another port */
export const cases = ({ other }) => [
  harmless('latency:30'),
  harmless('slow:150000'),
  harmless('status-once:503:1'),
  harmless('status-once:408'),
  harmless('status-once:429'),
  harmless('status-first:2:429:3'),
  harmless('status-first:2:500'),
  harmless('retry-date:2'),
  harmless('redirect:3'),
  harmless(`redirect-to:${other}`),
  harmless('shorter'),
  { ...harmless('no-ranges'), advice: /server ignores Range and sent all of \S+, .* its owner must turn on/ },
  { ...harmless('later:1:no-ranges'), advice: /server ignores Range/ },
  {
    ...harmless('hide-headers'),
    page: {
      advice: /hides Content-Range of \S+ \(CORS\).* Access-Control-Expose-Headers: Content-Range, ETag/,
    },
  },
  {
    ...harmless('no-cors'),
    page: {
      base: { at: 'open', ...noAnswer, words: noCors },
      sidecar: { state: 'none', ...noAnswer },
    },
  },

  atOnce('reset', noAnswer, 'none'),
  atOnce('reset:100', brokenOff),
  atOnce('truncate:0', brokenOff),
  atOnce('truncate:100', brokenOff),
  { ...atOnce('stall', silent), net: IMPATIENT },
  { ...atOnce('stall:100', silentBody), net: IMPATIENT },
  atOnce('status:400', status('http', 400, 1)),
  atOnce('status:401', status('forbidden', 401, 1), 'none'),
  atOnce('status:403', status('forbidden', 403, 1), 'none'),
  atOnce('status:404', status('not_found', 404, 1), 'none'),
  atOnce('status:410', status('not_found', 410, 1), 'none'),
  atOnce(
    'status:416',
    failure('http', 416, 1, /416 for bytes 0\.\.2048, which start inside the file's 37\d+/),
  ),
  atOnce('status:429', status('http', 429, 3)),
  atOnce('status:500', status('http', 500, 3)),
  atOnce('status:503:1', status('http', 503, 3)),
  atOnce('status:204', status('http', 204, 1)),
  atOnce('status:206', { code: 'not_a_tiff', words: /expected a TIFF, found "206 Part" at its start/ }),
  atOnce('wrong-content-range', answeredWith),
  atOnce('shifted', answeredWith),
  atOnce('shifted:1000', answeredWith),
  atOnce('shorter:500', failure('truncated', 206, 3, /the server gave 1 bytes of 498 asked for/)),
  atOnce('longer', answeredWith),
  atOnce('overlong', tooLong),
  // Chromium gives a compressed part to nobody, and does not say why.
  {
    ...atOnce('gzip', encoded),
    page: {
      base: { at: 'open', ...noAnswer, words: /but not its answers to byte ranges; .* turn compression off/ },
      sidecar: { state: 'none', ...noAnswer },
    },
  },
  atOnce('html', page),
  atOnce(`redirect-to:${other}/fault/html/login`, {
    ...page,
    words: new RegExp(`${signIn.source}.* \\(redirected to ${other}/fault/html/login\\)`),
  }),
  {
    ...atOnce(`redirect-to:${other}/fault/no-cors/fault/html/login`, page),
    page: {
      base: {
        at: 'open',
        ...noAnswer,
        words:
          /the server redirects to an address that pages of http:\S+ may not read \(CORS\), such as a login page/,
      },
      sidecar: { state: 'none', ...noAnswer },
    },
  },
  atOnce('redirect-loop', noAnswer, 'none'),
  tooLarge(),

  inMidSession('reset', noAnswer),
  inMidSession('reset:10', brokenOff),
  inMidSession('truncate:10', brokenOff),
  { ...inMidSession('stall', silent), net: IMPATIENT },
  { ...inMidSession('stall:10', silentBody), net: IMPATIENT },
  inMidSession('status:503', status('http', 503, 3)),
  inMidSession('status:403', status('forbidden', 403, 1)),
  inMidSession('status:404', status('not_found', 404, 1)),
  inMidSession(
    'html',
    failure('file_changed', 200, 1, /now 92 bytes; the server answered 200 with an HTML page/),
  ),
  inMidSession('changed-etag:1', changed),
  // A shorter file is met by a 416 or a 206, as the range asked for lies.
  inMidSession('replaced:1:/ovr_gdal_average.tif', {
    code: 'file_changed',
    attempts: 1,
    words: changed.words,
  }),
]

/** No ranges, and a file larger than what is taken whole. */
function tooLarge() {
  const words =
    /the server ignores Range: it answered 200 with 37\d+ bytes, .* its owner must turn on byte ranges \(Accept-Ranges/
  const error = failure('range_unsupported', 200, 1, words)
  return { ...atOnce('no-ranges', error), remark: ', large', net: { wholeBytes: 30_000 } }
}
