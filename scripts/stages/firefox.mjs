// The packed package in a page of a real Firefox.
import { ensurePacked } from '../pack.mjs'
import { ensureFirefox } from '../tools/firefox.mjs'
import { ensureNpmPackages } from '../tools/npm.mjs'
import { runNodeTests } from './node-tests.mjs'

export const needsPackage = true

export async function setUp() {
  await ensureNpmPackages({ tests: true })
  return ensureFirefox()
}

export async function check(firefox) {
  const { installed } = await ensurePacked()
  return runNodeTests(['tests/firefox'], {
    PYRAMIDION_FIREFOX: firefox,
    PYRAMIDION_INSTALLED: installed,
  })
}
