// npm run compatibility: docs/COMPATIBILITY.md, from every fixture through pyramidion and geotiff.js in one run. With
// `--check`, it is compared and not written.
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { format } from 'prettier'
import { ensureBuilt } from './build.mjs'
import { document } from './compatibility/tables.mjs'
import { verdicts } from './compatibility/verdicts.mjs'
import { root } from './paths.mjs'
import { main } from './report.mjs'

const file = join(root, 'docs/COMPATIBILITY.md')

await main(async () => {
  await ensureBuilt()
  const text = await compatibility()
  if (!process.argv.includes('--check')) await writeFile(file, text)
  else if ((await readFile(file, 'utf8')) !== text)
    throw new Error(
      `${relative(root, file)} does not say what was found: npm run compatibility writes it anew`,
    )
  process.stdout.write(text.slice(text.indexOf('## In all'), text.indexOf('## Layout')))
})

async function compatibility() {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules/geotiff/package.json'), 'utf8'))
  return format(document(await verdicts(), { peer: version }), { parser: 'markdown' })
}
