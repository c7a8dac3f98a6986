import { type Browser, chromium } from 'playwright-core'

export { findBrowser } from '../impl/browser/findBrowser.ts'

/**
 * Runs `use` with a headless browser, which is closed whatever happens.
 *
 * @throws Error where the browser does not start
 */
export const withBrowser = async <Result>(
  executablePath: string,
  use: (browser: Browser) => Promise<Result>,
): Promise<Result> => {
  const browser = await chromium.launch({
    executablePath,
    // Chromium refuses to sandbox itself for root, as which containers run.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu'],
  })
  try {
    return await use(browser)
  } finally {
    await browser.close()
  }
}
