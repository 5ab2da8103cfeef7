/**
 * A browser says nothing when a worker is ended from outside. A Web Lock does: the worker holds one for as long as it
 * lives, and whoever waits for that lock gets it when the worker is gone.
 */

let count = 0

/** A name for a worker's lock, or nothing where there are no locks: outside of secure contexts. */
export function lockName(): string | undefined {
  if (!locks()) return undefined
  count += 1
  return `pyramidion worker ${performance.timeOrigin} ${Math.random()} ${count}`
}

/** Takes the lock for good; resolves with whether that worked, once it did. */
export function holdLock(name: string): Promise<boolean> {
  return new Promise(resolve => {
    const held = locks()?.request(name, () => {
      resolve(true)
      return new Promise(() => {})
    })
    // A sandboxed frame has the functions and may not use them.
    if (held) held.catch(() => resolve(false))
    else resolve(false)
  })
}

/** Calls `onGone` once the holder of the lock is gone. The answer ends the waiting. */
export function watchLock(name: string, onGone: () => void): () => void {
  const controller = new AbortController()
  const waiting = locks()?.request(name, { signal: controller.signal }, () => {
    if (!controller.signal.aborted) onGone()
  })
  waiting?.catch(() => {})
  return () => controller.abort()
}

function locks(): LockManager | undefined {
  // Node's newer versions have locks too; its workers tell their end themselves.
  return (globalThis.navigator as Navigator | undefined)?.locks
}
