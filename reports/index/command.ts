import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { makeFolder } from '../../impl/files/folder.ts'
import { userFolder } from '../../impl/files/places.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { complain } from '../../sim/terminal.ts'
import { visible, visibleJson } from '../../sim/visible.ts'
import { rivalsPage } from '../rivals/rivalsPage.ts'
import { simulatedAttacks } from '../rivals/simulated.ts'
import { OUT_FOLDER, writeWhole } from '../writePage.ts'
import { INDEX_NAME, RIVALS_NAME, readFolder } from './folder.ts'
import { indexPage, indexSentence } from './indexPage.ts'
import { playFiles, shippedFiles } from './play.ts'

interface Options {
  readonly play?: true
  readonly open?: true
  readonly out?: string
  readonly json?: true
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer' }

/** Opens a file in the system's browser, which outlives this program. @returns whether it could be started */
const openFile = (path: string): Promise<boolean> =>
  new Promise((done) => {
    const opener = OPENERS[process.platform] ?? 'xdg-open'
    const child = spawn(opener, [pathToFileURL(path).href], { detached: true, stdio: 'ignore' })
    child.on('spawn', () => {
      child.unref()
      done(true)
    })
    child.on('error', () => done(false))
  })

/** Writes the index of a folder. @returns the exit code */
const build = async (folder: string, { json, open }: Options): Promise<number> => {
  const found = readFolder(folder)
  const path = join(folder, INDEX_NAME)
  makeFolder(folder)
  writeWhole(path, indexPage(found))
  const attacks = found.sweeps.flatMap((sweep) => simulatedAttacks(sweep.name, sweep))
  writeWhole(join(folder, RIVALS_NAME), rivalsPage(attacks))
  for (const { file, reason } of found.faults) complain(`error: ${visible(file)} ${visible(reason)}`)
  if (json) console.log(visibleJson({ index: path, ...found }))
  else
    console.log(`${indexSentence(found)}\nindex: ${path}\nopen it in a browser: ${pathToFileURL(path).href}`)
  if (open && !(await openFile(path))) {
    complain(`error: no browser can be started here: open ${pathToFileURL(path).href} in one`)
    return EXIT.badInput
  }
  return found.faults.length === 0 ? EXIT.met : EXIT.badInput
}

/** `npm run report`. @returns the exit code */
export const reportCommand = async (args: readonly string[]): Promise<number> => {
  let code: number = EXIT.badInput
  const command = new Command('report')
    .description('Builds the index of all runs in a folder; plays nothing unless told to')
    .argument('[files...]', 'with --play: these scenarios, instead of those that ship')
    .option('--play', 'play the scenarios that ship first, questions with one run a point')
    .option('--open', 'open the index in the system’s browser')
    .option('--out <folder>', 'where the reports lie, instead of reports/out')
    .option('--json', 'print one JSON object: the index, the runs, the files that are not whole')
    .addHelpText(
      'after',
      '\nExit codes:\n  0  every run is whole\n  1  with --play: a scenario did not come out as it expects\n' +
        '  2  a file of a run is missing, cut off or of another version (the others are built), or bad input\n' +
        '  others, with --play: as of npm run sim',
    )
    .exitOverride()
    .action(async (files: readonly string[], options: Options) => {
      if (files.length > 0 && !options.play) command.error('error: scenarios are played with --play alone')
      const folder = options.out === undefined ? OUT_FOLDER : resolve(userFolder(), options.out)
      const chosen = files.length === 0 ? shippedFiles() : files
      const played = options.play ? await playFiles(chosen, folder) : EXIT.met
      code = Math.max(played, await build(folder, options))
    })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { code: reason, exitCode, syscall, path } = error as NodeJS.ErrnoException & { exitCode?: number }
    if (exitCode !== undefined) return exitCode === 0 ? EXIT.met : EXIT.badInput
    if (syscall === undefined) throw error
    complain(`error: the index cannot be written: ${path ?? ''} (${reason}); --out names another folder`)
    return EXIT.badInput
  }
  return code
}
