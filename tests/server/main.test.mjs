/** The command line. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FAULTS } from './faults.mjs'
import { askRange, makeRoot } from './testbed.mjs'

const MAIN = fileURLToPath(new URL('main.mjs', import.meta.url))

/** @param {string[]} args */
function run(...args) {
  const child = spawn(process.execPath, [MAIN, ...args])
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (output.stderr += text))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  return { child, ended }
}

test('serves a directory, prints the URL first, logs, and ends in good order', async t => {
  const { root } = await makeRoot(t)
  const { child, ended } = run(
    root,
    '--port',
    '0',
    '--mount',
    `/m/=${root}/sub`,
    '--fault',
    'longer:2',
    '--log',
  )
  t.after(async () => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  assert.match(line, /^http:\/\/127\.0\.0\.1:\d+\n$/)
  const server = { url: line.trim() }
  assert.equal((await askRange(server, '/ten.bin', 'bytes=0-3')).body.toString(), '012345')
  assert.equal((await askRange(server, '/m/c.ovr', 'bytes=0-3')).body.length, 6)
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal(code, 0)
  assert.match(stderr, /^GET \/ten\.bin bytes=0-3 206 6 B [\d.]+ ms\nGET \/m\/c\.ovr bytes=0-3 206 6 B /)
})

test('--help names every option and every fault', async () => {
  const { code, stdout, stderr } = await run('--help').ended
  assert.deepEqual([code, stderr], [0, ''])
  for (const word of ['DIR', '--mount', '--port', '--host', '--fault', '--log', '--help', '/__log']) {
    assert.ok(stdout.includes(word), word)
  }
  for (const name of Object.keys(FAULTS)) assert.match(stdout, new RegExp(`^  ${name}\\b`, 'm'))
})

const mistakes = [
  [[], /nothing to serve/],
  [['/no/such/directory'], /ENOENT/],
  [['.', '..'], /one directory/],
  [['.', '--port', 'x'], /--port takes/],
  [['.', '--port', '65536'], /--port takes/],
  [['.', '--mount', 'x'], /--mount takes/],
  [['.', '--fault', 'bogus'], /no fault is called 'bogus'/],
  [['.', '--bogus'], /bogus/],
]
for (const [args, message] of /** @type {[string[], RegExp][]} */ (mistakes)) {
  test(`'${args.join(' ')}' is one line on stderr and exit code 2`, async () => {
    const { code, stdout, stderr } = await run(...args).ended
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 1)
  })
}
