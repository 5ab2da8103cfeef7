// Workers that are driven by hand: what they say, and when they die, is the test's.
import { InlineDecoder } from '../../pkg/inline-decoder.js'
import { Modules } from '../../pkg/modules.js'
import { WorkerPool } from '../../pkg/pool.js'
import { turns } from './fake-core.mjs'

/** A browser's worker, from outside. */
export class FakeWorker extends EventTarget {
  sent = []
  transferred = []
  terminated = 0

  /** `onSend` answers by itself; without it the test does. */
  constructor(onSend = () => {}) {
    super()
    this.onSend = onSend
  }

  postMessage(message, transfer) {
    this.sent.push(structuredClone(message, { transfer }))
    this.transferred.push(transfer)
    this.onSend(message, this)
  }

  terminate() {
    this.terminated += 1
  }

  say(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }

  ready() {
    this.say({ type: 'ready', locked: false })
  }

  /** Answers the job of that name, or the first that waits, with samples of its name. */
  answer(name = this.jobs[0].job.name) {
    const { id, job } = this.jobs.find(({ job }) => job.name === name)
    this.answered.add(id)
    this.say({ type: 'answer', id, samples: new Uint8Array(job.length ?? 8).fill(name), ms: 1 })
  }

  die(message = 'killed') {
    this.dispatchEvent(Object.assign(new Event('error', { cancelable: true }), { message }))
  }

  answered = new Set()

  /** What it was sent to decode and did not answer. */
  get jobs() {
    return this.sent.filter(({ type, id }) => type === 'decode' && !this.answered.has(id))
  }
}

/** Answers everything at once: a worker that is well. */
export function healthy(message, worker) {
  queueMicrotask(() => {
    if (message.type === 'start') worker.ready()
    if (message.type === 'decode') worker.answer(message.job.name)
  })
}

/** A pool over fakes. `workers` are those made so far; `make` makes the next one, or throws. */
export function fakePool({
  size = 2,
  make = () => new FakeWorker(),
  times,
  compile,
  inlineLoads = true,
} = {}) {
  const workers = []
  const createWorker = () => {
    const worker = make(workers.length)
    workers.push(worker)
    return worker
  }
  const inline = new InlineDecoder(
    async () => {
      if (!inlineLoads) throw new Error('no inline decoder here')
      return { decode: job => new Uint8Array(job.length ?? 8).fill(job.name) }
    },
    () => new Promise(resolve => setImmediate(resolve)),
  )
  const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  const modules = new Modules(compile ?? (async () => module), name => new URL(`file:///${name}.wasm`))
  const pool = new WorkerPool({ size, createWorker, modules, inline, times })
  const degraded = []
  pool.addEventListener('degraded', () => degraded.push(pool.stats().reason))
  return { pool, workers, inline, degraded, decode: decoderOf(pool) }
}

const { signal: never } = new AbortController()

/** Jobs by name; large ones, unless said otherwise, so that they go to workers. */
function decoderOf(pool) {
  const brought = []
  const decode = (name, { signal = never, priority, size = 4, length = 1_100_000, ...options } = {}) => {
    const again = async () => {
      brought.push(name)
      return new Uint8Array(size)
    }
    return pool.decode({ name, length }, new Uint8Array(size), {
      ...{ signal, priority, outBytes: length, weight: Math.max(size, length), again },
      ...options,
    })
  }
  return Object.assign(decode, { brought })
}

/** Keeps the console's warnings for as long as `work` runs. */
export async function warningsOf(work) {
  const { warn } = console
  const warnings = []
  console.warn = text => warnings.push(text)
  try {
    await work()
    await turns()
  } finally {
    console.warn = warn
  }
  return warnings
}
