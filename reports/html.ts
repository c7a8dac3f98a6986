import { visibleLines } from '../sim/visible.ts'

/** Markup that is known to be safe: made by `html`, or vouched for by `trusted`. */
export interface Html {
  readonly markup: string
}

type Value = string | number | bigint | undefined | Html | readonly Html[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Text as it stands in an element or in a quoted attribute (HTML Living Standard, section 13.1). Characters that a
 * browser would obey, such as those that turn text around, stand as their numbers.
 */
export const escapeText = (text: string): string =>
  visibleLines(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!)

const render = (value: Value): string => {
  if (value === undefined) return ''
  if (typeof value === 'object') return 'markup' in value ? value.markup : value.map(render).join('')
  return escapeText(String(value))
}

/** A template in which every value is text, and escaped, unless it is markup itself. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  markup: strings.reduce((markup, part, i) => markup + render(values[i - 1]) + part),
})

/** Vouches for markup that did not come out of `html`. */
export const trusted = (markup: string): Html => ({ markup })
