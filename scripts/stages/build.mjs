// The npm package, as `npm run build` makes it.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureBuilt, setUpBuild } from '../build.mjs'
import { pkg } from '../paths.mjs'

export const setUp = setUpBuild

export async function check() {
  await ensureBuilt()
  const { size } = await stat(join(pkg, 'wasm', 'core.wasm'))
  return `core.wasm ${Math.ceil(size / 1024)} KiB`
}
