// The npm package, as `npm run build` makes it.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { modules } from '../build/modules.mjs'
import { ensureBuilt, setUpBuild } from '../build.mjs'
import { pkg } from '../paths.mjs'

export const setUp = setUpBuild

export async function check() {
  await ensureBuilt()
  const sizes = modules.map(async ({ name }) => {
    const { size } = await stat(join(pkg, 'wasm', `${name}.wasm`))
    return `${name}.wasm ${Math.ceil(size / 1024)} KiB`
  })
  return (await Promise.all(sizes)).join(', ')
}
