/** Every fixture in Chromium. */

import { launch, openPage } from './chromium.mjs'
import { everyFixtureIn } from './every-fixture.mjs'

everyFixtureIn('Chromium', { launch, openPage })
