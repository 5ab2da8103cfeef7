/** The Firefox that the stage `firefox` found, driven by Puppeteer: Playwright drives builds of its own alone. */

import puppeteer from 'puppeteer-core'

/** A browser; `close` it. */
export function launch() {
  const { PYRAMIDION_FIREFOX: executablePath } = process.env
  if (!executablePath) throw new Error('run by `npm test -- --only firefox`, which finds a browser first')
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
}

/**
 * An empty page of the site in a context of its own, where `import('pyramidion')` works. Exceptions, rejections that nobody
 * handled and console errors are kept in `complaints`, the console's warnings in `warnings`. `workers` gives the URLs of the page's workers.
 *
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url
 */
export async function openPage(browser, url) {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  /** @type {string[]} */
  const complaints = []
  /** @type {string[]} */
  const warnings = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
    if (message.type() === 'warn') warnings.push(message.text())
  })
  await page.goto(url)
  const workers = () => page.workers().map(worker => worker.url())
  return { page, complaints, warnings, workers, leave: () => context.close() }
}
