// The range server's own tests, and the built package against it.
import { ensureNpmPackages } from '../tools/npm.mjs'
import { runNodeTests } from './node-tests.mjs'

export const needsPackage = true

export const setUp = () => ensureNpmPackages({ tests: true })

export const check = () => runNodeTests(['tests/server', 'tests/node'])
