import assert from 'node:assert/strict'
import { mkdtemp, open as openFile, rm, writeFile, mkdir, symlink, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PyramidionError, isPyramidionError } from '../../pkg/index.node.js'
import { browser } from '../../pkg/platform.browser.js'
import { node } from '../../pkg/platform.node.js'
import { FileSource } from '../../pkg/source.file.js'
import { resolveSource } from '../../pkg/source.js'
import { fakeRuntime, turns } from './fake-core.mjs'

const isCode = code => error => {
  assert.ok(isPyramidionError(error, code), `${error?.code}: ${error}`)
  return true
}
const resolve = (source, http = {}, platform = node) =>
  resolveSource(source, { platform, http, name: 'source' })
const text = bytes => new TextDecoder().decode(bytes)
const range = (start, end) => ({ start, end })

let folder
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'))
  await writeFile(join(folder, 'a.tif'), '0123456789')
  await writeFile(join(folder, 'a.tif.ovr'), 'overview')
  await mkdir(join(folder, 'dir.tif'))
})
after(() => rm(folder, { recursive: true, force: true }))

test('URLs go to the core as they are, without fragment, with the options that were given', () => {
  const fetch = () => {}
  const headers = { a: 'b' }
  assert.deepEqual(resolve('http://x/a.tif').core, { url: 'http://x/a.tif' })
  assert.deepEqual(resolve('HTTPS://x/a.tif?sig=1#mode=bytes').core, { url: 'https://x/a.tif?sig=1' })
  assert.deepEqual(
    resolve(new URL('http://x/a.tif#bytes'), { fetch, headers, credentials: 'include', cache: 'default' })
      .core,
    {
      url: 'http://x/a.tif',
      fetch,
      headers,
      credentials: 'include',
      cache: 'default',
    },
  )
  assert.deepEqual(resolve('http://x/a.tif#else').core, { url: 'http://x/a.tif' })
  assert.equal(resolve('http://x/a.tif').name, 'http://x/a.tif')
})

test('texts that are no known URL are paths in Node and relative URLs in a browser', () => {
  for (const path of ['a.tif', './a#b.tif', '/x/a.tif', 'C:\\x.tif', 'C:/x.tif', '\\\\host\\x.tif']) {
    const { source } = resolve(path).core
    assert.ok(source instanceof FileSource)
    assert.equal(source.name, path)
  }
  assert.equal(resolve('a.tif#mode=bytes').core.source.name, 'a.tif')
  assert.equal(resolve(pathToFileURL(join(folder, 'a b.tif'))).name, join(folder, 'a b.tif'))
  assert.throws(() => resolve('file://host/x.tif'), isCode('invalid_argument'))

  assert.throws(() => resolve('a.tif', {}, browser), isCode('invalid_argument'))
  globalThis.document = { baseURI: 'http://page/dir/index.html' }
  try {
    assert.deepEqual(resolve('../a.tif#mode=bytes', {}, browser).core, { url: 'http://page/a.tif' })
    assert.deepEqual(resolve('//cdn/a.tif', {}, browser).core, { url: 'http://cdn/a.tif' })
  } finally {
    delete globalThis.document
  }
  globalThis.location = { href: 'http://worker/js/w.js' }
  try {
    assert.deepEqual(resolve('a.tif', {}, browser).core, { url: 'http://worker/js/a.tif' })
  } finally {
    delete globalThis.location
  }
})

test('other schemes and texts are refused', () => {
  for (const source of ['s3://bucket/a.tif', 'ftp://x/a.tif', 'javascript:1']) {
    assert.throws(() => resolve(source), isCode('unsupported'))
  }
  assert.throws(() => resolve('http://'), isCode('invalid_argument'))
})

test('a file is opened by its first read, read at positions, and short only at its end', async () => {
  const source = new FileSource(join(folder, 'a.tif'))
  const parts = await source.read([range(0, 4), range(8, 20), range(10, 12), range(50, 60)])
  assert.deepEqual(parts.map(text), ['0123', '89', '', ''])
  assert.equal(parts[0].buffer.byteLength, 4)
  source.close()
  source.close()
  await assert.rejects(source.read([range(0, 1)]), isCode('closed'))
})

test('the size of a buffer is bounded by the file, not by what is asked for', async () => {
  const source = new FileSource(join(folder, 'a.tif'))
  const [bytes] = await source.read([range(0, 2 ** 50)])
  assert.equal(bytes.length, 10)
  source.close()
})

test('a file that shrinks after it was opened gives what is left', async () => {
  const path = join(folder, 'shrinks.tif')
  await writeFile(path, '0123456789')
  const source = new FileSource(path)
  await source.read([range(0, 1)])
  await truncate(path, 5)
  assert.deepEqual((await source.read([range(2, 9)])).map(text), ['234'])
  source.close()
})

/** Notes the files that are opened from here on; `end` stops and gives the number of open and closed ones. */
async function watchHandles() {
  const sample = await openFile(join(folder, 'a.tif'))
  const prototype = Object.getPrototypeOf(sample)
  await sample.close()
  const { stat } = prototype
  const handles = []
  // Every file is asked for its size when it is opened.
  prototype.stat = function (...args) {
    handles.push(this)
    return stat.apply(this, args)
  }
  return {
    end() {
      prototype.stat = stat
      const open = handles.filter(({ fd }) => fd >= 0).length
      return { open, closed: handles.length - open }
    },
  }
}

test('a close during a read lets the read end and closes the file after it', async () => {
  const handles = await watchHandles()
  const source = new FileSource(join(folder, 'a.tif'))
  const reading = source.read([range(0, 4)])
  source.close()
  assert.deepEqual((await reading).map(text), ['0123'])
  await turns()
  assert.deepEqual(handles.end(), { open: 0, closed: 1 })
  await assert.rejects(source.read([range(0, 4)]), isCode('closed'))
})

test('failures of files have the codes of their kind', async () => {
  const missing = new FileSource(join(folder, 'missing.tif'))
  await assert.rejects(missing.read([range(0, 1)]), error => {
    isCode('not_found')(error)
    assert.equal(error.cause.code, 'ENOENT')
    assert.equal(error.detail.url, missing.name)
    return true
  })
  await assert.rejects(new FileSource(join(folder, 'a.tif', 'x')).read([range(0, 1)]), isCode('not_found'))
  await assert.rejects(
    new FileSource(join(folder, 'dir.tif')).read([range(0, 1)]),
    isCode('invalid_argument'),
  )
  await assert.rejects(new FileSource('a\0b').read([range(0, 1)]), isCode('invalid_argument'))
  await symlink('loop.tif', join(folder, 'loop.tif'))
  await assert.rejects(new FileSource(join(folder, 'loop.tif')).read([range(0, 1)]), isCode('network'))
  // The file may appear later: a failure to open is not kept.
  await writeFile(missing.name, 'now')
  assert.deepEqual((await missing.read([range(0, 9)])).map(text), ['now'])
  missing.close()
})

test('a forbidden file is forbidden', async () => {
  const path = join(folder, 'secret.tif')
  await writeFile(path, 'x', { mode: 0 })
  // The superuser may read everything: be somebody else for a moment.
  const superuser = process.geteuid?.() === 0
  if (superuser) process.seteuid(65534)
  try {
    await assert.rejects(new FileSource(path).read([range(0, 1)]), isCode('forbidden'))
  } finally {
    if (superuser) process.seteuid(0)
  }
})

test('a path has siblings, closed with it', async () => {
  const source = new FileSource(join(folder, 'a.tif'))
  const sibling = source.sibling('.ovr')
  assert.equal(sibling, source.sibling('.ovr'))
  assert.deepEqual((await sibling.read([range(0, 4)])).map(text), ['over'])
  await assert.rejects(source.sibling('.OVR').read([range(0, 1)]), isCode('not_found'))
  source.close()
  await assert.rejects(sibling.read([range(0, 1)]), isCode('closed'))
  await assert.rejects(source.sibling('.msk').read([range(0, 1)]), isCode('closed'))
})

test('Blobs and Files are read by slices', async () => {
  const blob = new Blob(['0123456789'])
  const { source } = resolve(blob).core
  assert.deepEqual([source.size, source.cached, source.name, source.sibling], [10, false, 'blob', undefined])
  assert.deepEqual((await source.read([range(2, 4), range(8, 20), range(30, 40)])).map(text), [
    '23',
    '89',
    '',
  ])
  assert.equal(resolve(new File(['x'], 'f.tif')).name, 'f.tif')
  const broken = resolve(
    Object.assign(new Blob(['x']), {
      slice: () => ({ arrayBuffer: async () => Promise.reject(new Error('NotReadable')) }),
    }),
  )
  await assert.rejects(broken.core.source.read([range(0, 1)]), isCode('file_changed'))
})

test('blob and data URLs are read through their Blob', async () => {
  const url = URL.createObjectURL(new Blob(['0123456789']))
  const { source } = resolve(url).core
  assert.deepEqual((await source.read([range(2, 4)])).map(text), ['23'])
  URL.revokeObjectURL(url)
  assert.deepEqual((await source.read([range(4, 6)])).map(text), ['45'])
  await assert.rejects(resolve(url).core.source.read([range(0, 1)]), isCode('not_found'))
  const data = resolve('data:,hello').core.source
  assert.deepEqual((await data.read([range(1, 3)])).map(text), ['el'])
  assert.deepEqual((await resolve('data:,hello', {}, browser).core.source.read([range(1, 3)])).map(text), [
    'el',
  ])
})

test('buffers and views are read by copies, shared ones too', async () => {
  const bytes = new TextEncoder().encode('0123456789')
  const shared = new Uint8Array(new SharedArrayBuffer(10))
  shared.set(bytes)
  for (const source of [
    bytes,
    bytes.buffer,
    new DataView(bytes.buffer),
    new Uint16Array(bytes.buffer),
    shared,
    shared.buffer,
    Buffer.from(bytes),
  ]) {
    const [part] = await resolve(source).core.source.read([range(8, 12)])
    assert.equal(text(part), '89')
    assert.ok(part.buffer instanceof ArrayBuffer)
    assert.equal(part.buffer.byteLength, 2)
  }
  const [inner] = await resolve(bytes.subarray(3, 6)).core.source.read([range(1, 9)])
  assert.equal(text(inner), '45')
  const own = bytes.slice()
  const { source } = resolve(own).core
  structuredClone(own, { transfer: [own.buffer] })
  await assert.rejects(source.read([range(0, 1)]), isCode('file_changed'))
})

const userSource = (answer, rest = {}) =>
  resolve({ read: async ranges => answer(ranges), ...rest }).core.source

test("a user's Source is asked with fresh ranges and its signal", async () => {
  const { signal } = new AbortController()
  const asked = []
  const own = {
    key: 'k',
    size: 10,
    async read(...args) {
      assert.equal(this, own)
      asked.push(args)
      return args[0].map(({ start, end }) => new Uint8Array(end - start))
    },
  }
  const { source } = resolve(own).core
  assert.deepEqual([source.key, source.size, source.cached, source.name], ['k', 10, true, 'k'])
  await source.read([range(0, 4)], signal)
  assert.deepEqual(asked, [[[range(0, 4)], signal]])
  // The core knows a source without a key by its object.
  assert.equal(resolve(own).core.source, source)
  assert.ok(!('key' in resolve({ read() {} }).core.source))
})

test("a user's Source that answers wrongly is told what was expected", async () => {
  const bytes = length => new Uint8Array(length)
  const wrong = [
    [() => undefined, /array of 2 Uint8Array, got undefined/],
    [() => bytes(4), /got a Uint8Array/],
    [() => [bytes(4)], /array of 2 Uint8Array, got 1 answers/],
    [() => [bytes(4), bytes(4), bytes(4)], /got 3 answers/],
    [() => [bytes(4), new ArrayBuffer(4)], /bytes 4 to 8 must give a Uint8Array, got ArrayBuffer/],
    [() => [bytes(4), null], /got null/],
    [() => [bytes(4), new Uint16Array(2)], /got Uint16Array/],
    [() => [bytes(4), bytes(5)], /bytes 4 to 8 gave 5 bytes, more than asked/],
  ]
  for (const [answer, pattern] of wrong) {
    await assert.rejects(userSource(answer).read([range(0, 4), range(4, 8)]), error => {
      isCode('invalid_argument')(error)
      assert.match(error.message, pattern)
      return true
    })
  }
  const buffers = userSource(() => [Buffer.alloc(4)])
  assert.equal((await buffers.read([range(0, 4)]))[0].length, 4)
})

test("a user's Source may be short only where the file ends", async () => {
  const file = new Uint8Array(10)
  const honest = ranges => ranges.map(({ start, end }) => file.slice(start, end))
  for (const rest of [{}, { size: 10 }]) {
    const source = userSource(honest, rest)
    assert.deepEqual(
      (await source.read([range(8, 20), range(12, 14), range(0, 4)])).map(b => b.length),
      [2, 0, 4],
    )
  }
  const short = ranges => ranges.map(({ start, end }) => new Uint8Array(start === 0 ? 1 : end - start))
  await assert.rejects(userSource(short, { size: 10 }).read([range(0, 4)]), isCode('truncated'))
  const learns = userSource(short)
  await learns.read([range(4, 8)])
  await assert.rejects(learns.read([range(0, 4)]), isCode('truncated'))
})

test("failures of a user's Source keep their code or are failures to bring bytes", async () => {
  const cause = new Error('offline')
  await assert.rejects(
    userSource(() => {
      throw cause
    }).read([range(3, 4)]),
    error => {
      isCode('network')(error)
      assert.deepEqual(
        [error.message, error.cause, error.detail],
        ['offline', cause, { url: 'source', range: range(3, 4) }],
      )
      return true
    },
  )
  const own = new PyramidionError('forbidden', 'no')
  await assert.rejects(
    userSource(() => {
      throw own
    }).read([range(0, 1)]),
    error => error === own,
  )
  const controller = new AbortController()
  const aborting = userSource(() => {
    controller.abort('why')
    throw new Error('aborted')
  })
  await assert.rejects(aborting.read([range(0, 1)], controller.signal), error => error === 'why')
  let asked = 0
  await assert.rejects(
    userSource(() => (asked += 1)).read([range(0, 1)], controller.signal),
    error => error === 'why',
  )
  assert.equal(asked, 0)
  for (const rest of [{ key: 7 }, { size: -1 }, { size: 1.5 }, { size: '9' }]) {
    assert.throws(() => userSource(() => [], rest), isCode('invalid_argument'))
  }
})

test('a failed open closes the files that it has read', async () => {
  const { open, engine } = fakeRuntime()
  engine.open = async ({ source }, { overviews }) => {
    await Promise.all([source.read([range(0, 1)]), overviews.source.read([range(0, 1)])])
    throw new PyramidionError('not_a_tiff', 'found 0123')
  }
  const handles = await watchHandles()
  const path = join(folder, 'a.tif')
  await assert.rejects(open(path, { overviews: `${path}.ovr` }), isCode('not_a_tiff'))
  await turns()
  assert.deepEqual(handles.end(), { open: 0, closed: 2 })
})

test('a raster that is dropped without close() closes its files when it is collected', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const { open, engine } = fakeRuntime()
  const source = await (async () => {
    const raster = await open(join(folder, 'a.tif'))
    assert.equal(raster.width, 8)
    return engine.opened[0].source.source
  })()
  await source.read([range(0, 1)])
  const closed = () =>
    source.read([range(0, 1)]).then(
      () => false,
      error => isPyramidionError(error, 'closed'),
    )
  for (let tries = 0; !(await closed()); tries++) {
    assert.ok(tries < 100, 'never closed')
    collect()
    await new Promise(done => setTimeout(done, 20))
  }
})

test('the sidecar is told to the core like the base, and both are closed', async () => {
  const { open, engine } = fakeRuntime()
  const headers = { a: 'b' }
  await open('http://x/a.tif', {
    overviews: 'http://y/o.ovr',
    headers,
    overviewPolicy: 'append',
    limits: { ifds: 3 },
  })
  const [{ source, options }] = engine.opened
  assert.deepEqual(source, { url: 'http://x/a.tif', headers })
  assert.deepEqual(options, {
    overviews: { url: 'http://y/o.ovr', headers },
    overviewPolicy: 'append',
    limits: { ifds: 3 },
  })
  for (const overviews of [true, false]) {
    await open('http://x/a.tif', { overviews })
    assert.deepEqual(engine.opened.at(-1).options, { overviews })
  }
  await open('http://x/a.tif')
  assert.deepEqual(engine.opened.at(-1).options, {})
  const path = join(folder, 'a.tif')
  const raster = await open(path, { overviews: `${path}.ovr` })
  const {
    source: base,
    options: { overviews },
  } = engine.opened.at(-1)
  await base.source.read([range(0, 1)])
  await overviews.source.read([range(0, 1)])
  raster.close()
  await assert.rejects(base.source.read([range(0, 1)]), isCode('closed'))
  await assert.rejects(overviews.source.read([range(0, 1)]), isCode('closed'))
})
