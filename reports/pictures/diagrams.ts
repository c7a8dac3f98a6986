import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackage, PEER_FOLDER, runProgram } from '../../impl/bench/infer/peerFolder.ts'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'

/** mermaid-cli draws them; what it brings along is nearly as large as this project's install, so it is no part of that. */
const PACKAGE = { name: '@mermaid-js/mermaid-cli', version: '12.2.0' }
const FOLDER = join(PEER_FOLDER, `mermaid-cli-${PACKAGE.version}`)

const DOCUMENT = join(PROJECT_FOLDER, 'spec/published/documents/transitions.md')

/** Labels stand on white, or the arrows that they belong to run through them; a picture is on paper, whatever is around it. */
const SETTINGS = {
  theme: 'neutral',
  htmlLabels: false,
  deterministicIds: true,
  fontFamily: 'DejaVu Sans, Verdana, sans-serif',
  themeCSS: '.edgeLabel rect.background { opacity: 1 !important; fill: #fff !important; }',
}

/** The texts of the state diagrams in the specification's document, by the word that says what they are of. */
export const diagramTexts = (): ReadonlyMap<string, string> =>
  new Map(
    readFileSync(DOCUMENT, 'utf8')
      .split(/^## /m)
      .flatMap((section) => {
        const text = /```mermaid\n(.*?)```/s.exec(section)?.[1]
        const subject = /(\S+)\n/.exec(section)?.[1]
        return text === undefined || subject === undefined ? [] : [[subject.toLowerCase(), text] as const]
      }),
  )

export const pictureFile = (subject: string): string => join(import.meta.dirname, `states-${subject}.svg`)

/** What a picture carries, so that one of another text is found out. */
export const textMark = (text: string): string =>
  `<!-- SHA-256 of its text in transitions.md: ${createHash('sha256').update(text).digest('hex')} -->`

/**
 * Draws the specification's state diagrams, each as a picture of its own that carries the hash of its text.
 *
 * @param executablePath of Chromium, in which mermaid measures and draws
 * @returns the pictures' files
 * @throws PeerError where mermaid-cli cannot be had, or refuses a text
 */
export const drawDiagrams = async (executablePath: string): Promise<readonly string[]> => {
  // No script of a package runs as it is installed, so that no browser is fetched besides.
  const installed = await installPackage(FOLDER, PACKAGE.name, PACKAGE.version)
  const folder = mkdtempSync(join(tmpdir(), 'opml-diagrams-'))
  const fileOf = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return name
  }
  try {
    const texts = [...diagramTexts()]
    // One document is drawn by one browser.
    const document = texts.map(([, text]) => `\`\`\`mermaid\n${text}\`\`\`\n`).join('\n')
    const args = [process.getuid?.() === 0 ? ['--no-sandbox'] : [], '--disable-gpu'].flat()
    const options = {
      input: fileOf('diagrams.md', document),
      output: 'drawn.md',
      configFile: fileOf('settings.json', JSON.stringify(SETTINGS)),
      puppeteerConfigFile: fileOf('browser.json', JSON.stringify({ executablePath, args })),
      backgroundColor: 'white',
    }
    const given = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value])
    await runProgram(process.execPath, [join(installed, 'src/cli.js'), ...given], folder)
    return texts.map(([subject, text], i) => {
      const drawn = readFileSync(join(folder, `drawn-${i + 1}.svg`), 'utf8')
      const path = pictureFile(subject)
      const head = `<title>States of a ${subject}</title>\n${textMark(text)}`
      writeFileSync(path, `${drawn.replace('>', `>\n${head}\n`)}\n`)
      return path
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
