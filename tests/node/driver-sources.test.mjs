// The driver over sources that are JavaScript objects, and what it believes of their answers.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Core, assertAtRest, fetchAll, isCode, rangesOf, turns, until } from './core.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const fixture = name => readFile(`${fixtures}/${name}`)
const base = await fixture('ovr_gdal_plain.tif')
const sidecar = await fixture('ovr_gdal_plain.tif.ovr')

const notFound = name =>
  Object.assign(new Error(`${name} is not there`), {
    code: 'not_found',
    detail: { url: name },
    cause: Object.assign(new Error('ENOENT'), { code: 'ENOENT' }),
  })

/** A source over bytes (or an exception), which notes what it is asked for. */
function fakeSource(bytes, properties = {}) {
  const reads = []
  return {
    reads,
    name: 'fake.tif',
    async read(ranges, signal) {
      assert.equal(this.reads, reads, 'called as a method')
      assert.ok(signal instanceof AbortSignal)
      reads.push(...ranges)
      if (bytes instanceof Error) throw bytes
      return ranges.map(({ start, end }) => new Uint8Array(bytes.subarray(start, end)))
    },
    ...properties,
  }
}

describe('driver over sources', () => {
  let engine, datasets

  beforeEach(() => {
    engine = new Core({})
    datasets = []
  })

  afterEach(async () => {
    for (const dataset of datasets) dataset.close()
    assert.deepEqual(await assertAtRest(engine), { pieces: 0, sources: 0 })
  })

  const openCore = async (source, options = {}, signal) => {
    const dataset = await engine.open({ source }, options, signal)
    datasets.push(dataset)
    return dataset
  }

  test('open is one read; blocks come exactly; an uncached source leaves nothing behind', async () => {
    const source = fakeSource(base)
    const dataset = await openCore(source)
    assert.deepEqual(source.reads, [{ start: 0, end: 32768 }])
    const { plan, blocks } = await fetchAll(dataset)
    rangesOf(plan).forEach(({ start, end }, index) =>
      assert.deepEqual(Buffer.from(blocks[index]), base.subarray(start, end)),
    )
    assert.equal(engine.counts().pieces, 0)
    const [level] = await dataset.levels()
    assert.equal(level.url, 'fake.tif')
  })

  test('a cached source is not asked twice', async () => {
    const source = fakeSource(base, { cached: true, size: base.length })
    const dataset = await openCore(source)
    await fetchAll(dataset)
    const before = source.reads.length
    const { stats } = await fetchAll(dataset)
    assert.equal(source.reads.length, before)
    assert.equal(stats.requests, 0)
    assert.ok(engine.counts().pieces > 0)
  })

  test('sources with one key share bytes; the one that is left answers', async () => {
    const [first, second] = ['a', 'b'].map(() => fakeSource(base, { cached: true, key: 'content' }))
    const one = await openCore(first)
    const two = await openCore(second)
    assert.equal(second.reads.length, 0)
    assert.equal(engine.counts().sources, 1)
    one.close()
    await fetchAll(two)
    assert.ok(second.reads.length > 0)
    const other = await openCore(fakeSource(base, { cached: true }))
    assert.equal(engine.counts().sources, 2)
    other.close()
  })

  test("a pooled Buffer's neighbours are never handed on, and the user's memory is not kept", async () => {
    const pool = Buffer.concat([Buffer.from('secret'), base, Buffer.from('secret')])
    const inPool = pool.subarray(6, 6 + base.length)
    const dataset = await openCore({
      cached: true,
      read: async ranges => ranges.map(({ start, end }) => inPool.subarray(start, end)),
    })
    const first = await fetchAll(dataset)
    pool.fill(0)
    const second = await fetchAll(dataset)
    rangesOf(first.plan).forEach(({ start, end }, index) => {
      assert.equal(first.blocks[index].constructor, Uint8Array)
      assert.equal(first.blocks[index].buffer.byteLength, end - start)
      assert.deepEqual(Buffer.from(first.blocks[index]), base.subarray(start, end))
      assert.deepEqual(second.blocks[index], first.blocks[index])
    })
  })

  test('typed failures keep code, facts and cause; others are network failures, and none is retried', async () => {
    const missing = fakeSource(notFound('fake.tif'))
    await assert.rejects(openCore(missing), error => {
      isCode('not_found')(error)
      assert.equal(error.detail.url, 'fake.tif')
      assert.equal(error.cause.code, 'ENOENT')
      return true
    })
    assert.equal(missing.reads.length, 1)
    const exception = new Error('plain')
    await assert.rejects(
      openCore(fakeSource(exception)),
      error => isCode('network')(error) && error.cause === exception && error.message === 'plain',
    )
    const throwing = {
      read() {
        throw exception
      },
    }
    await assert.rejects(openCore(throwing), error => error.cause === exception)
  })

  test('answers that are none are named', async () => {
    const wrong = [undefined, 'text', [], [new Uint8Array(1), new Uint8Array(1)], ['text'], [[1, 2]]]
    for (const answer of wrong)
      await assert.rejects(openCore({ read: async () => answer }), isCode('invalid_argument'))
    const long = { read: async ([{ start, end }]) => [new Uint8Array(end - start + 1)] }
    await assert.rejects(openCore(long), isCode('invalid_argument'))
    await assert.rejects(openCore({}), isCode('invalid_argument'))
    await assert.rejects(openCore({ read: async () => [new Uint8Array(0)] }), isCode('not_a_tiff'))
  })

  test("an abort reaches the source, and an answer after it is nobody's", async () => {
    let signal, answer
    const source = {
      read: (_, given) => {
        signal = given
        return new Promise(resolve => (answer = resolve))
      },
    }
    const controller = new AbortController()
    const opening = openCore(source, {}, controller.signal)
    await until(() => signal)
    controller.abort('enough')
    await assert.rejects(opening, error => error === 'enough')
    assert.ok(signal.aborted)
    answer([base])
    await turns()
  })

  describe('A.5 a path has siblings', () => {
    const withSiblings = (siblings, asked = []) =>
      fakeSource(base, {
        sibling: suffix => {
          asked.push(suffix)
          return siblings[suffix] ?? fakeSource(notFound(suffix))
        },
      })

    test('.ovr, asked for only when it is needed', async () => {
      const asked = []
      const ovr = fakeSource(sidecar, { name: 'fake.tif.ovr' })
      const dataset = await openCore(withSiblings({ '.ovr': ovr }, asked))
      await fetchAll(dataset)
      assert.deepEqual([asked, dataset.info().sidecar.state], [[], 'unprobed'])
      assert.deepEqual(ovr.reads, [])
      const levels = await dataset.levels()
      assert.ok(levels.length > 1)
      assert.deepEqual(ovr.reads[0], { start: 0, end: 32768 })
      assert.deepEqual([asked, levels[1].url], [['.ovr'], 'fake.tif.ovr'])
      const { blocks } = await fetchAll(dataset, { level: 1 })
      assert.ok(blocks.length > 0)
    })

    test('.OVR, when .ovr is not there; calls at once share the search', async () => {
      const asked = []
      const ovr = fakeSource(sidecar, { name: 'fake.tif.OVR' })
      const dataset = await openCore(withSiblings({ '.OVR': ovr }, asked))
      const all = await Promise.all([dataset.levels(), dataset.levels(), fetchAll(dataset, { level: 1 })])
      assert.equal(all[0].length, all[1].length)
      assert.ok(all[0].length > 1)
      assert.deepEqual(asked, ['.ovr', '.OVR'])
      assert.deepEqual(dataset.info().sidecar, { state: 'present', url: 'fake.tif.OVR', reason: null })
    })

    test('neither: none, remembered, and the reason names the usual one', async () => {
      const asked = []
      const dataset = await openCore(withSiblings({}, asked))
      await Promise.all([dataset.levels(), dataset.levels()])
      await dataset.levels()
      assert.deepEqual(asked, ['.ovr', '.OVR'])
      const { state, url, reason } = dataset.info().sidecar
      assert.deepEqual([state, url, reason], ['none', 'fake.tif.ovr', '.ovr is not there'])
    })

    test('a sibling() that throws or gives nothing leaves the base readable', async () => {
      for (const sibling of [
        () => undefined,
        () => {
          throw new Error('no')
        },
      ]) {
        const dataset = await openCore(fakeSource(base, { sibling }))
        assert.equal((await dataset.levels()).length, 1)
        assert.equal(dataset.info().sidecar.state, 'unreadable')
      }
    })

    test('a source without siblings probes nothing; an explicit one is used', async () => {
      const dataset = await openCore(fakeSource(base))
      assert.equal((await dataset.levels()).length, 1)
      assert.equal(dataset.info().sidecar.state, 'none')
      const given = await openCore(fakeSource(base), { overviews: { source: fakeSource(sidecar) } })
      assert.ok((await given.levels()).length > 1)
    })
  })

  test('when one file fails the reads of the others are given up', async () => {
    let signal
    let failing = null
    const stalls = fakeSource(base)
    const fails = fakeSource(sidecar)
    const dataset = await openCore(
      {
        read: (ranges, given) => {
          signal = given
          return failing ? new Promise(() => {}) : stalls.read(ranges, given)
        },
      },
      {
        overviews: {
          source: {
            read: async (ranges, given) => {
              if (failing) throw failing
              return fails.read(ranges, given)
            },
          },
        },
      },
    )
    const plans = [await dataset.plan({}), await dataset.plan({ level: 1 })]
    const ranges = plans.map(plan => rangesOf(plan)[0])
    assert.deepEqual(
      ranges.map(({ file }) => file),
      [0, 1],
    )
    failing = new Error('gone')
    await assert.rejects(
      dataset.fetch(ranges, () => {}),
      isCode('network'),
    )
    assert.ok(signal.aborted)
    await assertAtRest(engine)
    ranges[1] = { file: 2, start: 0, end: 1 }
    await assert.rejects(
      dataset.fetch(ranges, () => {}),
      isCode('not_found'),
    )
    await assertAtRest(engine)
  })

  test('the code of a source may close the dataset that reads it', async () => {
    const source = fakeSource(base, {
      sibling: () => {
        dataset.close()
        return fakeSource(sidecar)
      },
    })
    const dataset = await openCore(source)
    await assert.rejects(dataset.levels(), isCode('closed'))
  })
})
