/** Workers of Chromium. */

import { launch, openPage } from './chromium.mjs'
import { workersIn } from './every-worker.mjs'

workersIn('Chromium', { launch, openPage })
