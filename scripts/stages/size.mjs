// What is loaded, against the ceilings that each part has come down to. The budget is `npm run size`'s.
import { ensureNpmPackages } from '../tools/npm.mjs'
import { checkCeilings, measureParts } from '../size.mjs'

export const needsPackage = true

export const setUp = () => ensureNpmPackages()

export async function check() {
  const parts = await measureParts()
  checkCeilings(parts)
  return `a first page loads ${parts.page[1]} bytes after gzip`
}
