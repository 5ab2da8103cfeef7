import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PyramidionError } from '../../pkg/index.node.js'
import { main } from '../../pkg/cli/main.js'
import { ProgressBar } from '../../pkg/cli/progress.js'
import { FakeDataset, fakePlan, fakeRuntime } from './fake-core.mjs'
import { decodePng } from './png.mjs'

let folder
before(async () => (folder = await mkdtemp(join(tmpdir(), 'cli-'))))
after(() => rm(folder, { recursive: true, force: true }))

/** Runs the program over a fake core and tells what it printed, asked for and returned. */
async function run(argv, { dataset = new FakeDataset(), isTTY = false, fail } = {}) {
  const fakes = fakeRuntime({ dataset })
  const printed = { stdout: [], stderr: [] }
  const opened = []
  const configured = []
  const stream = name => ({ isTTY, write: data => printed[name].push(Buffer.from(data)) })
  const code = await main(argv, {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    version: async () => '1.2.3',
    configure: options => configured.push(options),
    open: (source, options) => {
      opened.push({ source, options })
      if (fail) throw fail
      return fakes.open()
    },
  })
  const [stdout, stderr] = [Buffer.concat(printed.stdout), Buffer.concat(printed.stderr).toString()]
  return {
    code,
    stdout,
    out: stdout.toString(),
    stderr,
    opened,
    configured,
    dataset,
    requests: dataset.requests,
  }
}

const levels = [
  {
    index: 0,
    width: 8,
    height: 4,
    scale: [1, 1],
    file: 'base',
    url: 'a.tif',
    blockSize: [4, 4],
    compression: 'deflate',
  },
  {
    index: 1,
    width: 4,
    height: 2,
    scale: [2, 2],
    file: 'sidecar',
    url: 'a.tif.ovr',
    blockSize: [128, 128],
    compression: 'none',
  },
]

test('help and version', async () => {
  for (const argv of [['--help'], ['-h'], ['help']]) {
    const { code, out } = await run(argv)
    assert.equal(code, 0)
    assert.match(out, /Usage: pyramidion COMMAND SRC/)
  }
  for (const name of ['info', 'levels', 'read']) {
    for (const argv of [
      [name, '--help'],
      [name, 'x.tif', '-h'],
      ['help', name],
    ]) {
      const { code, out, opened } = await run(argv)
      assert.equal(code, 0)
      assert.ok(out.includes(`Usage: pyramidion ${name} SRC`))
      assert.deepEqual(opened, [])
    }
  }
  assert.equal((await run(['--version'])).out, '1.2.3\n')
})

const wrongUsage = [
  [[], /no command/],
  [['help', 'nothing'], /unknown command 'nothing'/],
  [['convert', 'x'], /unknown command 'convert'/],
  [['info'], /no SRC; see 'pyramidion info --help'/],
  [['info', 'a', 'b'], /also got 'b'/],
  [['info', 'a', '--nope'], /unknown option '--nope'/],
  [['info', 'a', '--header', 'nocolon'], /'NAME: VALUE', got 'nocolon'/],
  [['info', 'a', '--ovr', 'b', '--no-ovr'], /exclude each other/],
  [['read', 'a'], /no -o FILE/],
  [['read', 'a', '-o', 'x.jpg'], /none of the endings \.npy, \.png, \.bin/],
  [['read', 'a', '-o', 'x', '-f', 'gif'], /npy, png or bin, got 'gif'/],
  [['read', 'a', '-o', 'x.npy', '--window', '1,2,3'], /X,Y,W,H in whole pixels, got '1,2,3'/],
  [['read', 'a', '-o', 'x.npy', '--window', '1,2,3,4.5'], /X,Y,W,H/],
  [['read', 'a', '-o', 'x.npy', '--window', '1,2,3,'], /X,Y,W,H/],
  [['read', 'a', '-o', 'x.npy', '--level=-1'], /from 0, got '-1'/],
  [['read', 'a', '-o', 'x.npy', '--level', 'two'], /got 'two'/],
  [['read', 'a', '-o', 'x.npy', '--bands', '1;2'], /1,2,3, got '1;2'/],
  [['read', 'a', '-o', 'x.npy', '--width', '0'], /from 1, got '0'/],
  [['read', 'a', '-o', 'x.npy', '--width', '1e3'], /got '1e3'/],
  [['read', 'a', '-o', 'x.npy', '--max-size', '9', '--level', '1'], /--max-size and --level exclude/],
]

test('wrong usage is one line that says where help is, code 2, and opens nothing', async () => {
  for (const [argv, pattern] of wrongUsage) {
    const { code, stderr, out, opened } = await run(argv)
    assert.equal(code, 2, argv.join(' '))
    assert.match(stderr, pattern)
    assert.match(stderr, /^pyramidion: [^\n]*see 'pyramidion[^\n]*--help'\n$/)
    assert.equal(out, '')
    assert.deepEqual(opened, [])
  }
  const terminal = await run(['read', 'a', '-o', '-', '-f', 'bin'], { isTTY: true })
  assert.equal(terminal.code, 2)
})

test('a failure is one line with its code, and 1', async () => {
  const fail = new PyramidionError('not_found', 'status 404\n  <html>', {
    url: 'http://x/a.tif',
    status: 404,
  })
  const { code, stderr } = await run(['info', 'a'], { fail })
  assert.equal(code, 1)
  assert.equal(stderr, 'pyramidion: http://x/a.tif: status 404 <html> (not_found)\n')
  const { stderr: disk } = await run(['read', 'a', '-o', join(folder, 'no', 'x.bin')])
  assert.match(disk, /^pyramidion: ENOENT[^\n]* \(ENOENT\)\n$/)
  const { stderr: bug } = await run(['info', 'a'], { fail: new TypeError('oops') })
  assert.equal(bug, 'pyramidion: oops (internal)\n')
})

test('options of the source', async () => {
  const { opened } = await run(['info', 'http://x/a', '-H', 'A: b: c', '--header', 'D:e', '--ovr', 'o.ovr'])
  assert.deepEqual(opened, [
    {
      source: 'http://x/a',
      options: {
        headers: [
          ['A', 'b: c'],
          ['D', 'e'],
        ],
        overviews: 'o.ovr',
      },
    },
  ])
  assert.deepEqual((await run(['levels', 'a', '--no-ovr'])).opened[0].options, { overviews: false })
  assert.deepEqual((await run(['info', 'a'])).opened[0].options, {})
})

test('info prints a summary', async () => {
  const info = {
    bandCount: 2,
    dtype: 'bigint64',
    nodata: '-9223372036854775808',
    metadata: { A: 'x\ny' },
    warnings: ['odd'],
  }
  const { out, code, dataset } = await run(['info', 'a.tif'], { dataset: new FakeDataset({ info }) })
  assert.equal(code, 0)
  assert.equal(dataset.freed, 1)
  for (const line of [
    'source       a.tif',
    'size         8 x 4, 2 bands of bigint64',
    'crs          EPSG:4326 WGS 84',
    'transform    1, 0, 0, 0, -1, 4',
    'bounds       0, 0, 8, 4',
    'nodata       -9223372036854775808',
    'blocks       tiles of 4 x 4, bands together',
    'compression  none',
    'sidecar      not looked for',
    'band 2       bigint64, gray, nodata -9223372036854775808',
    'metadata     A = x y',
    'warning      odd',
  ])
    assert.ok(out.includes(`${line}`), `${line} in\n${out}`)
})

test('JSON has text for what JSON cannot say', async () => {
  const big = await run(['info', 'a', '--json'], {
    dataset: new FakeDataset({ info: { dtype: 'biguint64', nodata: '18446744073709551615' } }),
  })
  assert.equal(JSON.parse(big.out).nodata, '18446744073709551615')
  const nan = await run(['info', 'a', '--json'], {
    dataset: new FakeDataset({ info: { dtype: 'float32', nodata: NaN } }),
  })
  const facts = JSON.parse(nan.out)
  assert.deepEqual(
    [facts.nodata, facts.bands[0].nodata, facts.width, facts.sidecar.state],
    ['nan', 'nan', 8, 'unprobed'],
  )
  const infinite = await run(['info', 'a', '--json'], {
    dataset: new FakeDataset({ info: { dtype: 'float32', nodata: -Infinity } }),
  })
  assert.equal(JSON.parse(infinite.out).nodata, '-inf')
})

test('levels lists the file of each', async () => {
  const { out } = await run(['levels', 'a'], {
    dataset: new FakeDataset({ levels: structuredClone(levels) }),
  })
  assert.equal(
    out,
    [
      'level   size  scale     blocks  compression  file     url',
      '    0  8 x 4    1/1      4 x 4  deflate      base     a.tif',
      '    1  4 x 2    1/2  128 x 128  none         sidecar  a.tif.ovr',
      'sidecar: unprobed',
      '',
    ].join('\n'),
  )
  const sidecar = { state: 'none', url: 'a.tif.ovr', reason: 'http status 404:\nnot here' }
  const none = await run(['levels', 'a'], { dataset: new FakeDataset({ info: { sidecar } }) })
  assert.match(none.out, /^sidecar: none a\.tif\.ovr \(http status 404: not here\)$/m)
  const json = await run(['levels', 'a', '--json'], {
    dataset: new FakeDataset({ levels: structuredClone(levels) }),
  })
  assert.deepEqual(JSON.parse(json.out).levels, levels)
})

/** A dataset of that type whose bands hold the values of these functions of the pixel's number. */
function pixels(dtype, array, bands, changes = {}, colors = []) {
  const info = { bandCount: bands.length, dtype, ...changes }
  const plan = request => {
    const numbers = request.bands ?? bands.map((_, i) => i + 1)
    const values = numbers.flatMap(number => Array.from({ length: 32 }, (_, i) => bands[number - 1](i)))
    const samples = [...new Uint8Array(array.from(values).buffer)]
    return fakePlan({
      bands: numbers,
      dtype,
      nodata: changes.nodata ?? null,
      blocks: [{ place: [0, 0, 8, 4], job: { samples } }],
    })
  }
  const dataset = new FakeDataset({ info, plan })
  dataset.facts.bands.forEach((band, i) => Object.assign(band, colors[i]))
  return dataset
}

test('read asks for what the options say', async () => {
  const args = ['--window', '1,2,3,4', '--level', '1', '--bands', '2,1', '--width', '8', '--height', '4']
  const dataset = pixels('uint8', Uint8Array, [() => 1, () => 2])
  const { code, requests, stderr } = await run(['read', 'a', ...args, '-o', join(folder, 'a.bin')], {
    dataset,
  })
  assert.equal(code, 0, stderr)
  assert.deepEqual(requests, [{ window: [1, 2, 3, 4], level: 1, bands: [2, 1], width: 8, height: 4 }])
  assert.equal(stderr, '')
  const preview = await run(['read', 'a', '--max-size', '7', '-o', join(folder, 'a.npy')])
  assert.deepEqual(preview.requests, [{ maxSize: 7 }])
})

test('.bin is the numbers band after band, .npy the same after its header', async () => {
  const dataset = () => pixels('uint16', Uint16Array, [i => i, i => 1000 + i])
  const expected = Buffer.alloc(128)
  for (let i = 0; i < 64; i++) expected.writeUInt16LE(i < 32 ? i : 1000 + i - 32, i * 2)
  const bin = join(folder, 'x.bin')
  await run(['read', 'a', '-o', bin], { dataset: dataset() })
  assert.deepEqual(await readFile(bin), expected)
  const npy = join(folder, 'x.npy')
  await run(['read', 'a', '-o', npy], { dataset: dataset() })
  const file = await readFile(npy)
  assert.equal(file.toString('latin1', 0, 8), '\x93NUMPY\x01\x00')
  const length = file.readUInt16LE(8)
  assert.equal((10 + length) % 64, 0)
  assert.match(
    file.toString('latin1', 10, 10 + length),
    /^\{'descr': '<u2', 'fortran_order': False, 'shape': \(2, 4, 8\), \} *\n$/,
  )
  assert.deepEqual(file.subarray(10 + length), expected)
  const { stdout } = await run(['read', 'a', '-o', '-', '-f', 'bin'], { dataset: dataset() })
  assert.deepEqual(stdout, expected)
})

async function picture(dataset, args = []) {
  const path = join(folder, `p${(await readdir(folder)).length}.png`)
  const { code, stderr } = await run(['read', 'a', '-o', path, ...args], { dataset })
  return { code, stderr, png: code === 0 ? decodePng(await readFile(path)) : undefined }
}

test('PNG of uint8: as it is, with nodata transparent', async () => {
  const bands = [i => i, i => 2 * i, i => 255 - i, i => i % 2]
  const grey = await picture(pixels('uint8', Uint8Array, bands.slice(0, 1), { nodata: 3 }))
  assert.deepEqual([grey.png.colorType, grey.png.width, grey.png.height, grey.stderr], [0, 8, 4, ''])
  assert.deepEqual(
    grey.png.samples,
    Array.from({ length: 32 }, (_, i) => i),
  )
  assert.deepEqual([...grey.png.chunks.tRNS], [0, 3])
  const rgb = await picture(pixels('uint8', Uint8Array, bands.slice(0, 3)))
  assert.equal(rgb.png.colorType, 2)
  assert.deepEqual(rgb.png.samples, Array.from({ length: 32 }, (_, i) => [i, 2 * i, 255 - i]).flat())
  assert.equal(rgb.png.chunks.tRNS, undefined)
  const four = pixels('uint8', Uint8Array, bands)
  const first = await picture(four)
  assert.equal(first.png.colorType, 2)
  assert.match(first.stderr, /shows bands 1, 2, 3 of 4/)
  const asked = await picture(pixels('uint8', Uint8Array, bands), ['--bands', '3,2,1,4'])
  assert.equal(asked.png.colorType, 6)
  assert.deepEqual(asked.png.samples.slice(4, 8), [254, 2, 1, 1])
  const alpha = [{}, {}, {}, { colorInterpretation: 'alpha' }]
  assert.equal((await picture(pixels('uint8', Uint8Array, bands, {}, alpha))).png.colorType, 6)
  assert.equal(
    (await picture(pixels('uint8', Uint8Array, bands.slice(2), {}, alpha.slice(2)))).png.colorType,
    4,
  )
  const two = await picture(pixels('uint8', Uint8Array, bands.slice(2)))
  assert.equal(two.png.colorType, 0)
  assert.match(two.stderr, /shows band 1 of 2/)
  const five = await picture(pixels('uint8', Uint8Array, [...bands, () => 0]), ['--bands', '1,2,3,4,5'])
  assert.equal(five.code, 2)
  assert.match(five.stderr, /takes 1 \(grey\), .* bands, got 5/)
})

test('PNG of uint8 with a colour map has its colours', async () => {
  const colormap = Array.from({ length: 32 }, (_, i) => [i, 0, 255 - i, 255])
  const dataset = pixels('uint8', Uint8Array, [i => i], { nodata: 2 }, [{ colormap }])
  const { png } = await picture(dataset)
  assert.equal(png.colorType, 3)
  assert.deepEqual(
    [...png.chunks.PLTE],
    colormap.flatMap(([r, g, b]) => [r, g, b]),
  )
  assert.deepEqual(
    [...png.chunks.tRNS],
    colormap.map((_, i) => (i === 2 ? 0 : 255)),
  )
  assert.deepEqual(
    png.samples,
    Array.from({ length: 32 }, (_, i) => i),
  )
  // A value without a colour: the numbers are shown instead of a broken file.
  const short = pixels('uint8', Uint8Array, [i => i], {}, [{ colormap: colormap.slice(0, 5) }])
  assert.equal((await picture(short)).png.colorType, 0)
})

test('PNG of other types: stretched, said, nodata and NaN transparent', async () => {
  const values = i => (i === 0 ? -9999 : i === 1 ? NaN : i === 2 ? Infinity : i * 10)
  const { png, stderr } = await picture(pixels('float32', Float32Array, [values], { nodata: -9999 }))
  assert.equal(png.colorType, 4)
  assert.match(stderr, /band 1: 30 to 310 stretched to 0 to 255/)
  const level = i => Math.round(((i * 10 - 30) / 280) * 255)
  assert.deepEqual(
    png.samples,
    Array.from({ length: 32 }, (_, i) => (i < 3 ? [0, 0] : [level(i), 255])).flat(),
  )
  const huge = await picture(
    pixels('float64', Float64Array, [i => (i === 0 ? -1.7e308 : i === 1 ? 0 : 1.7e308)]),
  )
  assert.deepEqual(huge.png.samples.slice(0, 6), [0, 255, 128, 255, 255, 255])
  const big = await picture(pixels('bigint64', BigInt64Array, [i => BigInt(i) * 10n ** 15n], { nodata: '0' }))
  assert.deepEqual(big.png.samples.slice(0, 4), [0, 0, 0, 255])
  assert.equal(big.png.samples.at(-2), 255)
  const flat = await picture(pixels('int16', Int16Array, [() => 7]))
  assert.deepEqual(flat.png.samples.slice(0, 2), [0, 255])
  const none = await picture(pixels('int16', Int16Array, [() => 7], { nodata: 7 }))
  assert.match(none.stderr, /band 1 has no valid value/)
  assert.deepEqual(none.png.samples, Array(64).fill(0))
  const rgb = await picture(pixels('uint16', Uint16Array, [i => i, i => i, i => 31 - i]))
  assert.equal(rgb.png.colorType, 6)
  assert.deepEqual(rgb.png.samples.slice(0, 4), [0, 0, 255, 255])
  const four = await picture(pixels('uint16', Uint16Array, [() => 1, () => 1, () => 1, () => 1]), [
    '--bands',
    '1,2,3,4',
  ])
  assert.equal(four.code, 2)
})

test('the bar is drawn on a terminal only, after 300 ms, and taken away', () => {
  const drawn = []
  let time = 0
  const bar = new ProgressBar({ isTTY: true, write: text => drawn.push(text) }, () => time)
  const step = at => {
    time = at
    bar.update({ done: at / 10, total: 100, bytes: at * 1e4 })
  }
  step(100)
  step(290)
  bar.end()
  assert.deepEqual(drawn, [])
  step(310)
  step(350)
  step(500)
  assert.equal(drawn.length, 2)
  assert.equal(drawn[1], `\r[${'#'.repeat(12)}${'-'.repeat(12)}]  50%  50 of 100 blocks, 5.0 MB\x1b[K`)
  bar.end()
  assert.equal(drawn.at(-1), '\r\x1b[K')
  const silent = new ProgressBar({ write: () => assert.fail('drawn') }, () => time)
  time = 9999
  silent.update({ done: 1, total: 2, bytes: 1 })
  silent.end()
})

test('--trace writes what was asked for, also of what failed', async () => {
  const path = join(folder, 'trace.json')
  for (const fail of [undefined, new PyramidionError('not_found', 'gone')]) {
    await rm(path, { force: true })
    const { code, configured } = await run(['info', 'a', '--trace', path], { fail })
    assert.equal(code, fail ? 1 : 0)
    assert.equal(configured.length, 1)
    assert.equal(typeof configured[0].trace, 'function')
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), [])
  }
  assert.deepEqual((await run(['info', 'a'])).configured, [])
})
