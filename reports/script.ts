import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

/** A script that stands on a page, and what a page's policy calls it. */
export interface Script {
  readonly code: string
  /** For `script-src`: the browser runs this text and no other (Content Security Policy Level 3, section 6.7). */
  readonly source: string
}

const bundled = new Map<string, Script>()

/**
 * Bundles one of the scripts of `browser/`: plain, one file, without what would end its element.
 *
 * @param name of the file in `browser/`, without its ending
 */
export const pageScript = (name: string): Script => {
  const known = bundled.get(name)
  if (known !== undefined) return known
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, 'browser', `${name}.ts`)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  const code = outputFiles[0]!.text.trim().replaceAll('</script', '<\\/script')
  const script = { code, source: `'sha256-${createHash('sha256').update(code).digest('base64')}'` }
  bundled.set(name, script)
  return script
}
