#!/usr/bin/env node
/**
 * The strict range server on the command line: `node tests/server/main.mjs DIR --port 0`. The first line on
 * standard output is the URL; what goes wrong is one line on standard error and exit code 2. Ends on SIGINT
 * and SIGTERM.
 */

import { parseArgs } from 'node:util'
import { FAULTS } from './faults.mjs'
import { startServer } from './server.mjs'

function help() {
  const modes = Object.entries(FAULTS).map(([name, { argument, summary }]) => {
    const spec = argument.startsWith('[')
      ? `${name}[:${argument.slice(1)}`
      : argument && `${name}:${argument}`
    return `  ${(spec || name).padEnd(38)}  ${summary}`
  })
  return `Serves files with strict HTTP byte ranges, for demonstrations and tests.

Usage: node main.mjs [DIR] [options]

  DIR                    directory at /
  --mount /PREFIX/=DIR   another directory; may be repeated
  --port PORT            0, the default, takes a free port
  --host HOST            127.0.0.1 by default
  --fault SPEC           for every request; may be repeated
  --log                  one line per request on standard error, when it has ended
  -h, --help             this text

The first line on standard output is the URL. GET /__log is what was asked, as JSON; POST /__reset empties it.

Faults, also for one URL: /fault/SPEC/path/of/the/file (they nest; percent-encode slashes in SPEC)
${modes.join('\n')}
`
}

/** @param {string[]} mounts */
function parseMounts(mounts) {
  return Object.fromEntries(
    mounts.map(mount => {
      const [, prefix, directory] = /^(\/.*?)=(.+)$/s.exec(mount) ?? []
      if (directory === undefined) throw new TypeError(`--mount takes /PREFIX/=DIR, got '${mount}'`)
      return [prefix, directory]
    }),
  )
}

/** @param {string} text */
function parsePort(text) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65535)) throw new TypeError(`--port takes a number from 0 to 65535, got '${text}'`)
  return port
}

/** @param {import('./journal.mjs').LogRecord} record */
function logLine({ method, path, range, status, bytes, start, end, aborted }) {
  const took = `${((end ?? start) - start).toFixed(1)} ms`
  return [method, path, range ?? '-', status ?? '-', `${bytes} B`, took, aborted ? 'aborted' : '']
    .join(' ')
    .trim()
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      mount: { type: 'string', multiple: true },
      fault: { type: 'string', multiple: true },
      log: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(help())
  if (positionals.length > 1) throw new TypeError(`one directory is served at /, got ${positionals.length}`)
  const server = await startServer({
    root: positionals[0],
    mounts: parseMounts(values.mount ?? []),
    port: parsePort(values.port),
    host: values.host,
    fault: values.fault ?? [],
    onEnd: values.log ? record => void process.stderr.write(`${logLine(record)}\n`) : undefined,
  })
  process.stdout.write(`${server.url}\n`)
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => server.close())
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error} (--help tells more)\n`)
  process.exitCode = 2
}
