/** What runs in a browser's worker. */

import { compileWasm } from './compile.browser.js'
import { serve } from './serve.js'
import type { ToWorker } from './messages.js'

/** The global object of a dedicated worker, which the types of a page do not know. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: 'message' | 'messageerror', listener: (event: MessageEvent) => void): void
}

const scope = globalThis as unknown as WorkerScope

serve(
  {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen(onMessage) {
      scope.addEventListener('message', event => onMessage(event.data as ToWorker))
      scope.addEventListener('messageerror', () => onMessage(undefined))
    },
  },
  compileWasm,
)
