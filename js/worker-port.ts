import type { AnyWorker, NodeWorkerLike } from './pool-types.js'
import type { ToWorker } from './messages.js'

/** What may happen to a worker. */
export interface WorkerEvents {
  onMessage: (data: unknown) => void
  /** It is broken, or gone already. */
  onFailure: (reason: string) => void
}

/** A worker of either kind, under one interface. */
export interface WorkerPort {
  post(message: ToWorker, transfer: ArrayBuffer[]): void
  /** Whether the process must stay alive for it; of no effect in browsers. */
  hold(held: boolean): void
  terminate(): void
}

/** Listens to a worker. Nothing is told any more after `terminate`. */
export function connect(worker: AnyWorker, events: WorkerEvents): WorkerPort {
  let ended = false
  const tell: WorkerEvents = {
    onMessage: data => void (ended || events.onMessage(data)),
    onFailure: reason => void (ended || events.onFailure(reason)),
  }
  if (isNodeWorker(worker)) listenInNode(worker, tell)
  else listenInBrowser(worker, tell)
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold(held) {
      if (!isNodeWorker(worker)) return
      if (held) worker.ref()
      else worker.unref()
    },
    terminate() {
      ended = true
      // A promise in Node, that rejects for nobody.
      worker.terminate()
    },
  }
}

function isNodeWorker(worker: AnyWorker): worker is NodeWorkerLike {
  return typeof (worker as NodeWorkerLike).on === 'function'
}

function listenInNode(worker: NodeWorkerLike, { onMessage, onFailure }: WorkerEvents): void {
  worker.on('message', onMessage)
  worker.on('messageerror', () => onFailure('a message of the worker could not be read'))
  worker.on('error', error => onFailure(`the worker failed: ${messageOf(error)}`))
  worker.on('exit', code => onFailure(`the worker ended with exit code ${String(code)}`))
}

function listenInBrowser(worker: Exclude<AnyWorker, NodeWorkerLike>, events: WorkerEvents): void {
  const { onMessage, onFailure } = events
  worker.addEventListener('message', event => onMessage((event as MessageEvent).data))
  worker.addEventListener('messageerror', () => onFailure('a message of the worker could not be read'))
  worker.addEventListener('error', event => {
    // It is dealt with here: the page need not hear of it as an error that nobody handled.
    event.preventDefault()
    onFailure(`the worker failed: ${messageOf(event)}`)
  })
}

/** A script that cannot be loaded gives an event without a message. */
function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message
  return typeof message === 'string' && message ? message : 'its script could not be loaded'
}
