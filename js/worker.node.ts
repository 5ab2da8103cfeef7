/** What runs in a worker of Node's. */

import { parentPort } from 'node:worker_threads'

import { compileWasm } from './compile.node.js'
import { serve } from './serve.js'
import type { ToWorker } from './messages.js'

const port = parentPort

if (port) {
  serve(
    {
      post: (message, transfer) => port.postMessage(message, transfer),
      listen(onMessage) {
        port.on('message', (message: ToWorker) => onMessage(message))
        port.on('messageerror', () => onMessage(undefined))
      },
    },
    compileWasm,
  )
}
