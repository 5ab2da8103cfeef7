// Three seconds of benches/load.mjs, whose long runs are recorded in benches/NOTES.md.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complaints, load } from '../../benches/load.mjs'

test('200 random windows at once from a server with faults: every pixel right, bounded memory and requests', async () => {
  const figures = await load({ seconds: 3, atOnce: 200, faults: 0.05, seed: 7 })
  assert.deepEqual(complaints(figures), [])
})
