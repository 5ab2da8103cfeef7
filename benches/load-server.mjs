// The range server in a process of its own, so that the reader's memory is measured alone. A share of its answers is faulty.
// Arguments: folder of the fixtures, of the scene, share of faults, seed. Tells its URL, and its counts when it is asked anything.

import { startServer } from '../tests/server/server.mjs'
import { seeded } from '../tests/server/testbed.mjs'

/** All of them pass: what comes of lasting ones is tested in tests/node/faults.test.mjs. */
export const FAULTS = [
  ...[
    'status:503',
    'status:429:0',
    'status:500',
    'status:408',
    'reset',
    'reset:300',
    'truncate:0',
    'truncate:300',
  ],
  ...['latency:50', 'slow:200000', 'stall', 'stall:100', 'shorter:100'],
]

const [fixtures, scene, share, seed] = process.argv.slice(2)
const random = seeded(Number(seed))
let faulty = 0
let requests = 0

const server = await startServer({
  mounts: { '/': fixtures, '/scene/': scene },
  // A log of millions of requests would be this process's own leak.
  onEnd: () => {
    requests += 1
    if (server.log.length > 10_000) server.log.splice(0, 5000)
  },
  fault: ({ query }) => {
    if (query === '?sound' || random() >= Number(share)) return undefined
    faulty += 1
    return FAULTS[Math.floor(random() * FAULTS.length)]
  },
})

process.send?.({ url: server.url })
process.on('message', () => process.send?.({ faulty, requests }))
process.on('disconnect', () => process.exit())
