/** Workers of Firefox. */

import { workersIn } from '../e2e/every-worker.mjs'
import { launch, openPage } from './firefox.mjs'

workersIn('Firefox', { launch, openPage })
