/** Projects that installed the tarball: JavaScript, require(), TypeScript, the command line. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer } from '../server/server.mjs'
import { consumer, crop, fixtures, packed, pyramid, root } from './packed.mjs'

const start = promisify(execFile)
const node = async (...args) =>
  (await start(process.execPath, args, { cwd: packed.project, timeout: 60_000 })).stdout
const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))

let server
let wanted
let args

before(async () => {
  await cp(consumer, packed.project, { recursive: true })
  server = await startServer({ root: fileURLToPath(fixtures) })
  const { file, levels, dtype, bandCount, pixels } = await pyramid()
  const last = levels.length - 1
  // Off the corner, and up to the edge.
  const window = [1, 1, levels[last].width - 1, levels[last].height - 1]
  const bytes = crop(pixels[last], levels[last], bandCount, window).toString('base64')
  const listed = levels.map(({ width, height, file }) => ({ width, height, file }))
  wanted = { levels: listed, dtype, width: window[2], height: window[3], bytes }
  args = [`${server.url}/${file}`, window.join(',')]
})

after(() => server?.close())

test('JavaScript reads a window of a sidecar level', async () => {
  assert.deepEqual(JSON.parse(await node('read.mjs', ...args)), wanted)
})

test('require() reads it too', async () => {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const refuses = major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12) || major === 21
  const reading = node('--no-warnings', 'read.cjs', ...args)
  // Before that, Node says what to do instead.
  if (refuses) return assert.rejects(reading, /ERR_REQUIRE_ESM/)
  assert.deepEqual(JSON.parse(await reading), wanted)
})

test('TypeScript checks the types as a bundler resolves them', async () => {
  assert.equal(await node(tsc, '-p', 'tsconfig.bundler.json'), '')
})

test('TypeScript checks the types as Node resolves them, and reads a window', async () => {
  assert.equal(await node(tsc, '-p', 'tsconfig.nodenext.json'), '')
  assert.deepEqual(JSON.parse(await node('compiled/read.js', ...args)), wanted)
})

test('importing does nothing', async () => {
  server.reset()
  assert.equal(await node('import.mjs'), 'function\n')
  assert.equal(server.counts().requests, 0)
})

test('the command line runs from node_modules/.bin', async () => {
  const bin = join(packed.project, 'node_modules', '.bin')
  assert.ok((await readdir(bin)).includes('pyramidion'))
  const npx = join(bin, process.platform === 'win32' ? 'pyramidion.cmd' : 'pyramidion')
  const { stdout } = await start(npx, ['info', args[0], '--json'], {
    timeout: 60_000,
    shell: process.platform === 'win32',
  })
  const { width, height } = JSON.parse(stdout)
  assert.deepEqual({ width, height }, { width: wanted.levels[0].width, height: wanted.levels[0].height })
  await assert.rejects(start(npx, ['info', `${server.url}/none.tif`], { timeout: 60_000 }), error => {
    assert.notEqual(error.code, 0)
    assert.equal(error.stderr.trim().split('\n').length, 1, error.stderr)
    return true
  })
})
