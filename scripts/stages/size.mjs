// What a page loads, against the ceilings that each part has come down to. The budget is `npm run size`'s.
import { ensureNpmPackages } from '../tools/npm.mjs'
import { checkCeilings, measurePage } from '../size.mjs'

export const needsPackage = true

export const setUp = () => ensureNpmPackages()

export async function check() {
  const page = await measurePage()
  checkCeilings(page)
  return `a page loads ${page.total[1]} bytes after gzip`
}
