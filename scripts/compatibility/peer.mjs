// geotiff.js in a process of its own: what it does to a file must not stop the others, nor take for ever. (In a thread
// it does not load: a package of its takes any thread that is not the main one for its own.)
import { fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const PATIENCE_MS = 10_000

/** Asks one process, and another one where that says nothing in time. */
export class Peer {
  #child = undefined

  /** The full-size image: `{ bands }`, a typed array each, or `{ error }`. */
  async read(path) {
    this.#child ??= fork(fileURLToPath(import.meta.url), ['--serve'], {
      serialization: 'advanced',
      // What it complains of on the way is not what is asked.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const child = this.#child
    let timer
    const answer = new Promise(resolve => {
      child.once('message', resolve)
      child.once('exit', code => resolve({ error: `ended with ${code}`, ended: true }))
      timer = setTimeout(() => resolve({ error: `nothing in ${PATIENCE_MS} ms`, ended: true }), PATIENCE_MS)
    })
    child.send(path)
    const found = await answer
    clearTimeout(timer)
    child.removeAllListeners('message')
    child.removeAllListeners('exit')
    if (found.ended) this.close()
    return found
  }

  close() {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }
}

async function answer(path) {
  try {
    const { fromArrayBuffer } = await import('geotiff')
    const bytes = await readFile(path)
    const tiff = await fromArrayBuffer(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    )
    const image = await tiff.getImage(0)
    const bands = await image.readRasters({ interleave: false })
    return { bands: Array.from(bands) }
  } catch (error) {
    return { error: String(error) }
  }
}

if (process.argv[2] === '--serve')
  process.on('message', path => void answer(path).then(found => process.send(found)))
