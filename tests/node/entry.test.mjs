import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { afterEach, test } from 'node:test'
import { promisify } from 'node:util'
import { isPyramidionError } from '../../pkg/index.node.js'
import { browser } from '../../pkg/platform.browser.js'

const { fetch } = globalThis
const { compileStreaming } = WebAssembly
afterEach(() => {
  globalThis.fetch = fetch
  WebAssembly.compileStreaming = compileStreaming
})

const PUBLIC = [
  'Priority',
  'PyramidionError',
  'cache',
  'configure',
  'createPool',
  'isDtype',
  'isPyramidionError',
  'open',
  'pool',
  'toRGBA',
]

test('both entries export the public names and no others', async () => {
  for (const entry of ['index', 'index.node']) {
    assert.deepEqual(Object.keys(await import(`../../pkg/${entry}.js`)).sort(), PUBLIC)
  }
})

test('importing does nothing: no request, worker, compilation or timer', async () => {
  for (const entry of ['index', 'index.node']) {
    const url = new URL(`../../pkg/${entry}.js`, import.meta.url)
    const script = `
      const fail = name => () => { console.log(name); process.exit(3) }
      globalThis.fetch = globalThis.Worker = globalThis.setTimeout = globalThis.setInterval = fail('global')
      globalThis.MessageChannel = fail('channel')
      for (const name of ['compile', 'compileStreaming', 'instantiate', 'Module', 'Instance']) WebAssembly[name] = fail(name)
      await import(${JSON.stringify(url.href)})
      console.log('idle')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    assert.equal(stdout, 'idle\n')
  }
})

test('in a browser a later task is a message, and comes after what is ready', async () => {
  const order = []
  const task = browser.nextTask().then(() => order.push('task'))
  await Promise.resolve()
  order.push('microtask')
  await task
  assert.deepEqual(order, ['microtask', 'task'])
})

test('a module is compiled while it arrives, or whole where its type is wrong', async () => {
  const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const streamed = []
  WebAssembly.compileStreaming = async response => {
    streamed.push(response.headers.get('content-type'))
    return WebAssembly.compile(await response.arrayBuffer())
  }
  const url = new URL('http://x/core.wasm')
  for (const type of [
    'application/wasm',
    'Application/Wasm; charset=x',
    'application/octet-stream',
    undefined,
  ]) {
    globalThis.fetch = async () => new Response(wasm, { headers: type ? { 'content-type': type } : {} })
    assert.ok((await browser.compileWasm(url)) instanceof WebAssembly.Module)
  }
  assert.deepEqual(streamed, ['application/wasm', 'Application/Wasm; charset=x'])
  globalThis.fetch = async () => new Response('gone', { status: 404 })
  await assert.rejects(browser.compileWasm(url), error => {
    assert.ok(isPyramidionError(error, 'http'))
    assert.deepEqual(error.detail, { url: 'http://x/core.wasm', status: 404 })
    return true
  })
})
