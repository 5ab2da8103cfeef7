/** The browser that the stage `page` found, driven by Playwright. */

import { chromium } from 'playwright-core'

/** A browser; `close` it. */
export function launch() {
  const { PYRAMIDION_CHROME: executablePath, PYRAMIDION_CHROME_FLAGS: flags } = process.env
  if (!executablePath || !flags)
    throw new Error('run by `npm test -- --only page`, which finds a browser first')
  return chromium.launch({ executablePath, args: flags.split(' ') })
}

/**
 * An empty page of the site in a context of its own, where `import('pyramidion')` works. Whatever goes wrong in it
 * besides the test's own calls is kept in `complaints`: exceptions, rejections that nobody handled, console errors. The console's
 * warnings are kept apart. `workers` gives the URLs of the page's workers.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options] of the context
 */
export async function openPage(browser, url, options = {}) {
  const page = await (await browser.newContext(options)).newPage()
  /** @type {string[]} */
  const complaints = []
  /** @type {string[]} */
  const warnings = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
    if (message.type() === 'warning') warnings.push(message.text())
  })
  await page.goto(url)
  const workers = () => page.workers().map(worker => worker.url())
  return { page, complaints, warnings, workers, leave: () => page.context().close() }
}
