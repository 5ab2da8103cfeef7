/** A web site with one empty page and the installed package, as a web server without a bundler would give it. */

import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const installed = process.env.PYRAMIDION_INSTALLED

// The entry that browsers get: what package.json gives to whatever is not Node.
const page = entry => `<!doctype html>
<meta charset="utf-8">
<title>pyramidion</title>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "pyramidion": "${entry}" } }</script>
`

const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' }

// For policies that allow no script in the page itself: without the name, the entry is imported by its path.
const barePage = '<!doctype html>\n<meta charset="utf-8">\n<title>pyramidion</title>\n'

/**
 * @param {Record<string, string>} [headers] sent with every answer
 * @returns {Promise<{ url: string, entry: string, requested: string[], close: () => Promise<void> }>}
 *   url: of the page; `bare` below it is one without any script. entry: the path of what browsers import. requested: paths, in order
 */
export async function startSite(headers = {}) {
  if (!installed)
    throw new Error('run by `npm test -- --only page`, which packs and installs the package first')
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  const entry = manifest.exports['.'].default.replace('./', '/pyramidion/')
  const requested = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://site')
    requested.push(pathname)
    answer(pathname, entry).then(
      ({ body, type }) =>
        response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache', ...headers }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise(resolve => {
      server.close(resolve)
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${server.address().port}/`, entry, requested, close }
}

async function answer(pathname, entry) {
  if (pathname === '/') return { body: page(entry), type: 'text/html' }
  if (pathname === '/bare') return { body: barePage, type: 'text/html' }
  if (pathname === '/favicon.ico') return { body: '', type: 'image/x-icon' }
  const path = normalize(join(installed, pathname.replace('/pyramidion/', '')))
  if (!pathname.startsWith('/pyramidion/') || !path.startsWith(installed + sep)) throw new Error('not ours')
  return { body: await readFile(path), type: types[extname(path)] ?? 'application/octet-stream' }
}
