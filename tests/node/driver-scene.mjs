// What the tests of the driver share: a server, an engine and its datasets, and that nothing is left of them.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import { Core, assertAtRest } from './core.mjs'

export const fixtures = fileURLToPath(new URL('../fixtures/data', import.meta.url))
export const cog = await readFile(`${fixtures}/cog_2048.tif`)
/** One tile of `cog`. */
export const WINDOW = { window: [512, 1024, 512, 512] }

/** For each test of a `describe`, fresh ones. */
export class DriverScene {
  constructor() {
    beforeEach(async () => {
      this.server = await startServer({ root: fixtures })
      this.engine = new Core({ backoff: 1, timeout: 2000 })
      this.datasets = []
    })
    afterEach(async () => {
      for (const dataset of this.datasets) dataset.close()
      assert.deepEqual(await assertAtRest(this.engine), { pieces: 0, sources: 0 })
      await this.server.close()
    })
  }

  at(path) {
    return `${this.server.url}${path}`
  }

  async open(source, options = {}, signal) {
    const core = typeof source === 'string' ? { url: this.at(source) } : source
    const dataset = await this.engine.open(core, options, signal)
    this.datasets.push(dataset)
    return dataset
  }

  async requests() {
    await this.server.idle()
    return this.server.counts().requests
  }
}
