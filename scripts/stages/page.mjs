// The packed package in a page of a real Chromium.
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
  const { installed } = await ensurePacked()
  return runNodeTests(['tests/e2e'], {
    PYRAMIDION_CHROME: chrome,
    PYRAMIDION_CHROME_FLAGS: browserFlags.join(' '),
    PYRAMIDION_INSTALLED: installed,
  })
}
