import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'
import { isPyramidionError } from '../../pkg/index.node.js'
// Node's entry has a class of its own in it: another copy of the package.
import { PyramidionError, describe, toErrorRecord, toPyramidionError } from '../../pkg/errors.js'

test('an error narrows by its code', () => {
  const error = new PyramidionError('http', 'status 418', { url: 'http://x/', status: 418 })
  assert.equal(error.name, 'PyramidionError')
  assert.equal(String(error), 'PyramidionError: status 418')
  assert.ok(error instanceof Error)
  assert.ok(isPyramidionError(error))
  assert.ok(isPyramidionError(error, 'http'))
  assert.ok(!isPyramidionError(error, 'network'))
  for (const other of [null, undefined, 'http', 7, {}, new Error('x'), { code: 'http' }]) {
    assert.ok(!isPyramidionError(other), describe(other))
  }
})

test('errors of another copy of the package and of another realm are known', async () => {
  const copy = await import('../../pkg/errors.js?copy')
  const foreign = new copy.PyramidionError('closed', 'gone')
  assert.ok(!(foreign instanceof PyramidionError))
  assert.ok(isPyramidionError(foreign, 'closed'))
  const alien = vm.runInNewContext(
    `const e = new Error('far'); e.code = 'timeout'; e[Symbol.for('pyramidion.error')] = true; e`,
  )
  assert.ok(isPyramidionError(alien, 'timeout'))
})

test('an error keeps code, message, detail and causes through structuredClone', () => {
  const root = new PyramidionError('truncated', 'tile 7 ends at byte 9210, file has 8192', { block: 7 })
  const error = new PyramidionError('malformed', 'outer', { tag: 325, level: 2 }, { cause: root })
  const back = toPyramidionError(structuredClone(toErrorRecord(error)))
  assert.ok(back instanceof PyramidionError)
  assert.equal(back.code, 'malformed')
  assert.equal(back.message, 'outer')
  assert.deepEqual(back.detail, { tag: 325, level: 2 })
  assert.ok(isPyramidionError(back.cause, 'truncated'))
  assert.deepEqual(back.cause.detail, { block: 7 })
})

test('a cause that cannot be cloned does not stop its error', () => {
  const error = new PyramidionError(
    'network',
    'lost',
    {},
    { cause: Object.assign(new Error('x'), { f() {} }) },
  )
  assert.deepEqual(structuredClone(toErrorRecord(error)).cause, { name: 'Error', message: 'x' })
  const odd = new PyramidionError('network', 'lost', {}, { cause: () => {} })
  assert.equal(structuredClone(toErrorRecord(odd)).cause, 'a function')
})

test('whatever is thrown becomes an error', () => {
  const core = { code: 'not_found', message: 'gone', detail: { url: 'u' }, cause: new TypeError('dns') }
  const error = toPyramidionError(core)
  assert.equal(error.code, 'not_found')
  assert.ok(error.cause instanceof TypeError)
  const unknown = toPyramidionError({ code: 'ENOENT', message: 'of the system' })
  assert.equal(unknown.code, 'internal')
  assert.equal(toPyramidionError('text').code, 'internal')
  assert.equal(toPyramidionError(undefined).message, 'undefined')
})

test('values in messages are short and on one line', () => {
  assert.equal(describe(NaN), 'NaN')
  assert.equal(describe(5n), '5n')
  assert.equal(describe('a'.repeat(100)).length, 62)
  assert.equal(describe([0, [1]]), '[0, [1]]')
  assert.equal(describe(Array(20).fill(1)), '[1, 1, 1, 1, 1, 1, 1, 1, ... 20 in all]')
  assert.equal(describe({}), 'an Object')
  assert.equal(describe(new Float32Array(2)), 'a Float32Array')
  assert.equal(describe(Symbol('s')), 'Symbol(s)')
})
