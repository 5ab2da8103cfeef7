// Run by driver.test.mjs: must come to an end without process.exit. Arguments: the server's URL, the scene.

import { Core, isCode } from './core.mjs'

const [url, scene] = process.argv.slice(2)
// Far longer than the test waits.
const engine = new Core({ timeout: 60_000, backoff: 60_000, backoffMax: 60_000 })
const open = (path, signal) => engine.open({ url: url + path }, {}, signal)

async function run() {
  if (scene === 'nothing') return
  if (scene === 'unclosed') return void (await open('/cog_2048.tif'))
  const paths = {
    stalled: '/fault/stall:100',
    backoff: '/fault/status:503',
    'error-body': '/fault/status:404',
  }
  const controller = new AbortController()
  const opening = open(`${paths[scene]}/cog_2048.tif`, controller.signal)
  if (scene === 'error-body') return opening.catch(isCode('not_found'))
  setTimeout(() => controller.abort('enough'), 300)
  const outcome = await opening.catch(error => error)
  if (outcome !== 'enough') throw outcome
}

await run()
