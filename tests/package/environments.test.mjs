/** The packed package in every kind of page that users build: it reads the right pixels, and workers decode them. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { launch, openPage } from '../e2e/chromium.mjs'
import { startServer } from '../server/server.mjs'
import * as bundlers from './environments/bundlers.mjs'
import { packed, root } from './packed.mjs'

const start = promisify(execFile)
const scene = fileURLToPath(new URL('examples/scene/', root))
const pages = fileURLToPath(new URL('tests/package/environments/', root))
/** Applications live below the project that installed the tarball: resolution finds it there. */
const applications = join(packed.project, 'applications')

let browser
/** Hash of the pixels that a page has to read. */
let wanted

before(async () => {
  await rm(applications, { recursive: true, force: true })
  const { open } = await import(pathToFileURL(join(packed.installed, 'index.node.js')))
  const raster = await open(join(scene, 'scene.tif'), { workers: 0 })
  const { data } = await raster.read({ level: 1 })
  raster.close()
  wanted = createHash('sha256').update(data).digest('hex')
  browser = await launch()
})

after(() => browser?.close())

/** A copy of the application, so that bundlers find the package as they would. */
async function application(name) {
  const source = join(applications, name)
  await mkdir(source, { recursive: true })
  for (const file of ['app.js', 'page.html']) await cp(join(pages, file), join(source, file))
  return { source, out: join(applications, `${name}-out`), installed: packed.installed }
}

/** Opens the page of a site and checks what its script says; answers the complaints of the page. */
async function check(site, raster) {
  const { page, complaints } = await openPage(browser, `${site}?raster=${encodeURIComponent(raster)}`)
  const element = page.locator('html[data-answer]')
  await element.waitFor({ state: 'attached', timeout: 30_000 }).catch(error => {
    throw new Error(`${error.message}; the page complained: ${complaints.join('; ')}`)
  })
  const answer = JSON.parse(await element.getAttribute('data-answer'))
  assert.equal(answer.error, undefined)
  assert.equal(answer.sha256, wanted)
  assert.ok(answer.workerBlocks > 0, `blocks decoded in workers: ${answer.workerBlocks}`)
  assert.deepEqual(complaints, [])
  await page.context().close()
}

async function serveAndCheck(folder, { headers, page = 'page.html' } = {}) {
  const server = await startServer({ mounts: { '/': folder, '/scene/': scene }, headers })
  try {
    await check(`${server.url}/${page}`, '/scene/scene.tif')
  } finally {
    await server.close()
  }
}

describe('built by', () => {
  for (const [name, build] of Object.entries(bundlers)) {
    test(name, async () => {
      const folders = await application(name)
      await build(folders)
      await serveAndCheck(folders.out)
    })
  }
})

describe("Vite's development server", () => {
  const options = {
    vite: {},
    // The one line that docs/BUNDLERS.md asks of Vite 7 and older.
    vite7: { optimizeDeps: { exclude: ['pyramidion'] } },
  }
  for (const [name, configuration] of Object.entries(options)) {
    test(name, async () => {
      const { source } = await application(`${name}-server`)
      const { createServer } = await import(name)
      const cacheDir = join(source, '.cache')
      const server = await createServer({
        configFile: false,
        root: source,
        cacheDir,
        logLevel: 'error',
        server: { port: 0, host: '127.0.0.1', fs: { allow: [packed.project] } },
        ...configuration,
      })
      const rasters = await startServer({ root: scene })
      try {
        await server.listen()
        const { port } = server.httpServer.address()
        await check(`http://127.0.0.1:${port}/page.html`, `${rasters.url}/scene.tif`)
      } finally {
        await server.close()
        await rasters.close()
      }
    })
  }
})

describe('without a bundler', () => {
  /** The application as a static host has it: the package's files beside it, named by path. */
  async function plainSite(name, entry) {
    const { source } = await application(name)
    await cp(packed.installed, join(source, 'pyramidion'), { recursive: true })
    const script = await readFile(join(source, 'app.js'), 'utf8')
    await writeFile(
      join(source, 'app.js'),
      script.replace("from 'pyramidion'", `from './pyramidion/${entry}'`),
    )
    return source
  }

  test('a script of type module from a static host', async () => {
    await serveAndCheck(await plainSite('static', 'index.js'))
  })

  test('the inline entry from a static host', async () => {
    await serveAndCheck(await plainSite('static-inline', 'inline.js'))
  })

  test('a strict Content-Security-Policy', async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
    const source = await plainSite('policy', 'index.js')
    // The empty icon of the page is a data URL, which this policy forbids.
    const html = await readFile(join(source, 'page.html'), 'utf8')
    await writeFile(join(source, 'page.html'), html.replace(/<link.*\n/, ''))
    await writeFile(join(source, 'favicon.ico'), '')
    await serveAndCheck(source, { headers: { 'Content-Security-Policy': policy } })
  })
})

describe('in Node', () => {
  const script = `
    const raster = await open(process.argv[1])
    const { data, stats } = await raster.read({ level: 1 })
    const sha256 = (await import('node:crypto')).createHash('sha256').update(data).digest('hex')
    console.log(JSON.stringify({ sha256, workerBlocks: stats.workerBlocks }))`
  const forms = {
    import: ['--input-type=module', `import { open } from 'pyramidion';${script}`],
    'require()': [
      '--input-type=commonjs',
      `const { open } = require('pyramidion');(async () => {${script}})()`,
    ],
    'import of pyramidion/inline': [
      '--input-type=module',
      `import { open } from 'pyramidion/inline';${script}`,
    ],
  }
  for (const [name, [type, text]] of Object.entries(forms)) {
    test(name, async () => {
      // The script ends by itself: it closes neither raster nor workers.
      const args = ['--no-warnings', type, '-e', text, join(scene, 'scene.tif')]
      const { stdout } = await start(process.execPath, args, { cwd: packed.project, timeout: 20_000 })
      const answer = JSON.parse(stdout)
      assert.equal(answer.sha256, wanted)
      assert.ok(answer.workerBlocks > 0, `blocks decoded in workers: ${answer.workerBlocks}`)
    })
  }
})

describe('on a server that renders pages', () => {
  test('importing does nothing and does not fail where there is neither window nor fetch nor Worker', async () => {
    // The browser's entries, evaluated where there is nothing but the language, and the one class that every server has.
    const text = `
      import vm from 'node:vm'
      import { readFileSync } from 'node:fs'
      import { dirname, join } from 'node:path'
      const context = vm.createContext({ EventTarget })
      const modules = new Map()
      const load = path => {
        if (!modules.has(path)) modules.set(path, new vm.SourceTextModule(readFileSync(path, 'utf8'), { context, identifier: path }))
        return modules.get(path)
      }
      for (const entry of process.argv.slice(1)) {
        const module = load(entry)
        await module.link((specifier, from) => load(join(dirname(from.identifier), specifier)))
        await module.evaluate()
        console.log(typeof module.namespace.open)
      }`
    const entries = ['index.js', 'inline.js'].map(name => join(packed.installed, name))
    const args = ['--no-warnings', '--experimental-vm-modules', '--input-type=module', '-e', text, ...entries]
    const { stdout } = await start(process.execPath, args, { cwd: packed.project, timeout: 20_000 })
    assert.equal(stdout, 'function\nfunction\n')
  })
})
