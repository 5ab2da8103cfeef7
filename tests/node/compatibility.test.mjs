// docs/COMPATIBILITY.md says what comes of the fixtures in this run, through this build and through geotiff.js.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const script = fileURLToPath(new URL('../../scripts/compatibility.mjs', import.meta.url))

test('the compatibility tables are those of this run, and nothing is read wrong', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--check'])
  const [right, wrong] = stdout
    .match(/\| pyramidion +\| (\d+) +\| (\d+) +\|/)
    .slice(1)
    .map(Number)
  assert.ok(right > 700, stdout)
  assert.equal(wrong, 0, stdout)
})
