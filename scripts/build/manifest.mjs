// pkg/package.json, and the texts that travel with the package.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pkg, root } from '../paths.mjs'
import { step } from '../report.mjs'
import { hashOf, makeOnce } from '../stamp.mjs'
import { bundled } from './bundles.mjs'
import { modules } from './modules.mjs'

const texts = ['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE']

export function buildManifest() {
  return step('build package.json and texts', async () => {
    const sources = texts.map(name => join(root, name))
    const cargo = await readFile(join(root, 'Cargo.toml'), 'utf8')
    const workspace = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const text = `${JSON.stringify(manifest(workspace, cargo), null, 2)}\n`
    return makeOnce('manifest', await hashOf(sources, text), async () => {
      await mkdir(pkg, { recursive: true })
      const outputs = [join(pkg, 'package.json')]
      await writeFile(outputs[0], text)
      for (const name of texts) {
        // One that is missing stays missing: the packaging test says which.
        const text = await readFile(join(root, name)).catch(() => null)
        if (text === null) continue
        outputs.push(join(pkg, name))
        await writeFile(join(pkg, name), text)
      }
      return outputs
    })
  })
}

/** What is said once, in Cargo.toml and the workspace's package.json, is taken from there. */
function manifest(workspace, cargo) {
  const field = name => cargo.match(new RegExp(`^${name} = "([^"]*)"`, 'm'))?.[1]
  const keywords = cargo.match(/^keywords = (\[.*\])$/m)
  if (field('version') !== workspace.version) {
    throw new Error(`Cargo.toml has version ${field('version')}, package.json ${workspace.version}`)
  }
  return {
    name: field('name'),
    version: workspace.version,
    description: field('description'),
    keywords: keywords ? JSON.parse(keywords[1]) : undefined,
    license: field('license'),
    type: 'module',
    sideEffects: false,
    engines: workspace.engines,
    bin: { pyramidion: 'cli.js' },
    // The first condition that fits is taken. Deno and Bun count as Node; what is neither gets what browsers get.
    exports: {
      '.': { types: './index.d.ts', node: './index.node.js', default: './index.js' },
      // Node needs no file that holds the others: it reads them where they are.
      './inline': { types: './inline.d.ts', node: './index.node.js', default: './inline.js' },
      // For bundlers that take a worker as one more entry, and WebAssembly as a file to copy.
      './worker': './worker.js',
      ...Object.fromEntries(modules.map(({ name }) => [`./${name}.wasm`, `./wasm/${name}.wasm`])),
      './package.json': './package.json',
    },
    types: './index.d.ts',
    files: [...bundled, '**/*.d.ts', 'wasm/*.wasm', ...texts],
  }
}
