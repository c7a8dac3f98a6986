import { accessSync, constants } from 'node:fs'
import puppeteer, { type Browser } from 'puppeteer'

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
 * Runs `use` with a headless browser, which is closed whatever happens. A pipe, unlike a port, also ends it where
 * this process is killed.
 *
 * @throws Error where the browser does not start
 */
export const withBrowser = async <Result>(
  executablePath: string,
  use: (browser: Browser) => Promise<Result>,
): Promise<Result> => {
  const browser = await puppeteer.launch({
    executablePath,
    pipe: true,
    // Chromium refuses to sandbox itself for root, as which containers run.
    args: ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  try {
    return await use(browser)
  } finally {
    await browser.close()
  }
}
