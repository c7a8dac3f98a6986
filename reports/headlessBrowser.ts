import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian and others put it. `CHROMIUM_PATH` names another one, and then that one or none is taken. */
const USUAL_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Path of the system's Chromium; undefined where there is none. */
export const findBrowser = (): string | undefined => {
  const named = process.env['CHROMIUM_PATH']
  return (named === undefined || named === '' ? USUAL_PATHS : [named]).find(isExecutable)
}

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
