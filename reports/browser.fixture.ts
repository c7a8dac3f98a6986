import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser } from 'playwright-core'

export { findBrowser, withBrowser } from './headlessBrowser.ts'

/** Only what is wrong is told: the rest of the report costs a quarter of its time. */
const AXE = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`

/** What scrolls sideways and does not show it, or not to a keyboard. */
const UNSHOWN = `[...document.querySelectorAll('body *')]
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(element).overflowX))
  .filter((element) => element.tabIndex !== 0 || getComputedStyle(element).backgroundImage === 'none')
  .map((element) => 'scrolls unseen: ' + element.tagName + '.' + element.className + ' ' + element.textContent.trim().slice(0, 40))`

/** Words within a drawing that stand over others of it; text, since it runs in the browser. @param drawings a selector */
export const overlapsIn = (
  drawings: string,
): string => `[...document.querySelectorAll('${drawings}')].flatMap((drawing) => {
  const words = [...drawing.querySelectorAll('text')].filter(({ textContent }) => textContent.trim() !== '')
  const boxes = words.map((text) => [text.textContent, text.getBoundingClientRect()])
  return boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => one + ' over ' + other))
})`

/** What of a page is wider than its place; text, since it runs in the browser. */
export const SCROLLING = `[...document.querySelectorAll('.scroll')]
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.closest('section').id)`

const SIZES = { small: 400, middle: 800, large: 1280 } as const
const SCHEMES = ['light', 'dark'] as const
const AXED = { light: 'large', dark: 'small' } as const

/** Where pictures of pages are kept, for whoever wants to look at them. */
export const SCREENS = join(import.meta.dirname, 'out', 'screens')

/**
 * Looks at a page as all kinds of readers would: at three sizes and in two schemes. Keeps a picture of each.
 *
 * @param name of the pictures
 * @returns what axe finds, where the page is wider than its window, and what scrolls without showing it; nothing where all is well
 */
export const looked = async (browser: Browser, url: string, name: string): Promise<readonly string[]> => {
  mkdirSync(SCREENS, { recursive: true })
  const found: string[] = []
  const tab = await browser.newPage({ bypassCSP: true })
  await tab.goto(url)
  await tab.addScriptTag({ content: axe.source })
  for (const [size, width] of Object.entries(SIZES)) {
    await tab.setViewportSize({ width, height: 900 })
    const wide = await tab.evaluate<number>('document.documentElement.scrollWidth')
    if (wide > width) found.push(`${name} ${size}: ${wide} wide in ${width}`)
    const unshown = await tab.evaluate<readonly string[]>(UNSHOWN)
    found.push(...unshown.map((fault) => `${name} ${size}: ${fault}`))
    for (const colorScheme of SCHEMES) {
      const looks = `${name} ${size} ${colorScheme}`
      await tab.emulateMedia({ colorScheme })
      await tab.screenshot({
        path: join(SCREENS, `${looks.replaceAll(' ', '-')}.jpg`),
        ...{ type: 'jpeg', quality: 80, fullPage: true },
      })
      // Axe looks at contrast, which differs with the scheme, and at what the smallest screen makes of the page.
      if (AXED[colorScheme] !== size) continue
      // It says nothing of the contrast of text over a gradient, such as the shades of what scrolls.
      await tab.addStyleTag({ content: '.scroll { background: none !important }' })
      found.push(...(await tab.evaluate<readonly string[]>(AXE)).map((fault) => `${looks}: ${fault}`))
      await tab.evaluate('document.head.lastElementChild.remove()')
    }
  }
  await tab.close()
  return found
}
