// Whether what came of a fault is what its case in faults-table.mjs says; the same for Node and for a page.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { BOUND, NET, PIXELS } from './faults-table.mjs'

const manifest = JSON.parse(await readFile(new URL('../fixtures/manifest.json', import.meta.url), 'utf8'))
const expectedOf = wanted => manifest.find(({ name }) => name === wanted).expect
const expect = expectedOf('ovr_gdal_plain')
const sound = expectedOf('ovr_gdal_average').levels[0].sha256

export const FILE = '/ovr_gdal_plain.tif'
export const SOUND_FILE = '/ovr_gdal_average.tif'

/** A URL's path with that fault. */
export const faulty = (fault, path = FILE) =>
  `/fault/${encodeURIComponent(fault).replaceAll('%3A', ':')}${path}`

/** What to read for a case: one file has the fault, the other one is sound. */
export function readingOf({ fault, net }, file, url) {
  const base = file === 'base' ? faulty(fault) : FILE
  const sidecar = `${file === 'base' ? FILE : faulty(fault)}.ovr`
  return {
    url: url + base,
    options: { overviews: url + sidecar },
    net: { ...NET, ...net },
    sound: url + SOUND_FILE,
  }
}

/** What must come of it on that platform. */
export const expectationOf = (entry, file, platform) => ({ ...entry, ...entry[platform] })[file]

/** Asserts that all is as GDAL reads it. */
export function assertPixels({ failure, levels }) {
  assert.equal(failure, null, failure?.message)
  const found = levels.map(({ width, height, file, sha256, error }) => ({
    width,
    height,
    file,
    sha256,
    error,
  }))
  const right = expect.levels.map(({ width, height, file, sha256 }) => ({ width, height, file, sha256 }))
  assert.deepEqual(
    found,
    right.map(level => ({ ...level, error: undefined })),
  )
}

/** Asserts what a case expects of the file with the fault, and that nothing else suffered. */
export function assertOutcome(outcome, expected, { entry, file, reading, platform }) {
  assert.ok(outcome.ms < BOUND, `${outcome.ms} ms`)
  assert.equal(outcome.sound, sound, 'a sound file, read by the same engine after all that')
  const { advice } = { ...entry, ...entry[platform] }
  if (expected === PIXELS) {
    assertPixels(outcome)
    assertAdvice(outcome.warnings, advice)
    return
  }
  const url = file === 'base' ? reading.url : reading.options.overviews
  if (expected.at === 'open') {
    assert.equal(outcome.failure?.step, 'open', JSON.stringify(outcome))
    return assertError(outcome.failure, expected, url)
  }
  assert.equal(outcome.failure, null, outcome.failure?.message)
  assertSoundLevels(outcome.levels, expected.at === 'read' ? file : 'sidecar', expected)
  if (expected.at === 'read') {
    const failed = outcome.levels.filter(({ error }) => error)
    assert.ok(failed.length > 0, 'every level was read')
    for (const { error } of failed) assertError(error, expected, url)
  } else assertSidecar(outcome, expected, url)
}

/** Levels of the sound file are right, and those of the other one right or an error; those of an unread sidecar are absent. */
function assertSoundLevels(levels, faultyFile, { state }) {
  const right = state ? expect.levels.slice(0, 1) : expect.levels
  assert.equal(levels.length, right.length)
  levels.forEach(({ file, sha256, error }, index) => {
    assert.equal(file, right[index].file)
    if (file === faultyFile && error) return
    assert.equal(sha256, right[index].sha256, `level ${index}: ${error?.message}`)
  })
}

function assertSidecar({ sidecar, warnings, beyond }, { state, code, words }, url) {
  assert.deepEqual([sidecar.state, sidecar.url], [state, url])
  assert.match(sidecar.reason, words)
  const warning = warnings.find(text => text.startsWith(`overviews of ${url} are not used: `))
  assert.match(warning ?? `no warning among ${JSON.stringify(warnings)}`, words)
  // An absent sidecar hides no levels; one that cannot be read may hold the level asked for.
  assert.equal(beyond.code, state === 'none' ? 'invalid_argument' : code)
  if (state === 'unreadable') assert.match(beyond.message, words)
}

function assertError({ code, message, detail }, expected, url) {
  assert.equal(code, expected.code, message)
  assert.match(message, expected.words)
  assert.equal(detail.url, url)
  if ('status' in expected) assert.equal(detail.status, expected.status, message)
  assert.equal(detail.attempts, expected.attempts, message)
  if (expected.attempts === undefined) return
  const { start, end } = detail.range
  assert.ok(start >= 0 && end > start, `range ${start}..${end}`)
}

function assertAdvice(warnings, advice) {
  if (advice === undefined) return assert.deepEqual(warnings, [])
  assert.ok(warnings.length > 0, 'no warning')
  for (const warning of warnings) assert.match(warning, advice)
}
