// js/*.ts to pkg/*.js and pkg/*.d.ts.
import { rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pkg, root } from '../paths.mjs'
import { step } from '../report.mjs'
import { run } from '../run.mjs'
import { filesBelow, hashOf, makeOnce } from '../stamp.mjs'
import { bundled } from './bundles.mjs'

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

export function buildFacade() {
  return step('build facade: tsc', async () => {
    const configuration = ['tsconfig.json', 'tsconfig.build.json', 'package.json'].map(name =>
      join(root, name),
    )
    const version = join(root, 'node_modules', 'typescript', 'package.json')
    const sources = await filesBelow(join(root, 'js'))
    const inputs = await hashOf([...sources, ...configuration, version])
    return makeOnce('tsc', inputs, async previous => {
      // A source that was removed must not live on in the package.
      await Promise.all(previous.map(file => rm(file, { force: true })))
      const { stdout } = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--listEmittedFiles'])
      const files = [...stdout.matchAll(/^TSFILE: (.+)$/gm)].map(match => join(match[1].trim()))
      // Those are replaced in the next step, and are its outputs.
      return files.filter(file => !bundled.includes(relative(pkg, file)))
    })
  })
}
