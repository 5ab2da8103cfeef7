/** Every fixture in Firefox. */

import { everyFixtureIn } from '../e2e/every-fixture.mjs'
import { launch, openPage } from './firefox.mjs'

everyFixtureIn('Firefox', { launch, openPage })
