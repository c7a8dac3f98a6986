import { accessSync, constants } from 'node:fs'

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
