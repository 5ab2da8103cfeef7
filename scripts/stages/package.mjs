// npm pack, the tarball's files, and projects that install it.
import { ensurePacked } from '../pack.mjs'
import { ensureNpmPackages } from '../tools/npm.mjs'
import { runNodeTests } from './node-tests.mjs'

export const needsPackage = true

export const setUp = () => ensureNpmPackages({ tests: true })

export async function check() {
  const packed = await ensurePacked()
  const tests = await runNodeTests(['tests/package'], { PYRAMIDION_PACKED: JSON.stringify(packed) })
  return `${tests}, tarball ${Math.ceil(packed.bytes / 1024)} KiB`
}
