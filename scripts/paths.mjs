// Where things are, and nothing else.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const pkg = join(root, 'pkg')
export const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
/** Tools that the set-up installs, one folder per tool and version. */
export const toolsDir = process.env.PYRAMIDION_TOOLS || join(root, 'target', 'tools')
/** What the scripts remember between runs: stamps, logs, generated configuration. */
export const work = join(root, 'target', 'pyramidion')
