// npm start: builds the package and the viewer, and serves them with the sample scene. PORT, or `-- --port N`.
import { parseArgs } from 'node:util'
import { ensureBuilt } from './build.mjs'
import { main, say } from './report.mjs'
import { ensureNpmPackages } from './tools/npm.mjs'

await main(async () => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: process.env.PORT ?? '8080' } } })
  await ensureNpmPackages({ tests: true })
  await ensureBuilt()
  // Only now: it imports what the line before may have installed.
  const { buildViewer, serveViewer } = await import('./viewer.mjs')
  const server = await serveViewer(await buildViewer(), { port: Number(values.port) })
  say(`\nThe viewer is at ${server.url}/\nCtrl-C ends it.\n`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close())
})
