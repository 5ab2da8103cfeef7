// npm pack, the tarball's files, and projects that install it: in Node, through bundlers, in pages of a real Chromium.
import { ensurePacked } from '../pack.mjs'
import { browserFlags, ensureBrowser } from '../tools/browser.mjs'
import { ensureNpmPackages } from '../tools/npm.mjs'
import { runNodeTests } from './node-tests.mjs'

export const needsPackage = true

export async function setUp() {
  await ensureNpmPackages({ tests: true })
  return ensureBrowser()
}

export async function check({ chrome }) {
  const packed = await ensurePacked()
  const tests = await runNodeTests(['tests/package'], {
    PYRAMIDION_PACKED: JSON.stringify(packed),
    PYRAMIDION_CHROME: chrome,
    PYRAMIDION_CHROME_FLAGS: browserFlags.join(' '),
  })
  return `${tests}, tarball ${Math.ceil(packed.bytes / 1024)} KiB`
}
