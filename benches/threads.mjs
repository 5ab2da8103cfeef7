// How much more two threads get done than one on this machine, now: what two workers can gain at most.

import { Worker } from 'node:worker_threads'

const spin = `require('node:worker_threads').parentPort.on('message', function (turns) {
  let x = 1
  for (let i = 0; i < turns; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0
  this.postMessage(x)
})`

/** Starts two idle threads; `measure` tells the factor, from 1 (one core for both) to 2; `close` ends them. */
export function twoThreads() {
  const threads = [0, 1].map(() => new Worker(spin, { eval: true }))
  const run = async some => {
    const start = performance.now()
    await Promise.all(
      some.map(thread => new Promise(resolve => thread.once('message', resolve).postMessage(1e8))),
    )
    return performance.now() - start
  }
  return {
    measure: async () => (2 * (await run(threads.slice(0, 1)))) / (await run(threads)),
    close: () => Promise.all(threads.map(thread => thread.terminate())),
  }
}
